//! What one process knows of its session.

/// Made once per process by the door, before the first call.
pub const Session = struct {
    /// The working directory and the executable at start-up: reading them stays local (empty = none).
    working_directory: []const u8,
    executable: []const u8,
    /// `st_dev` of the memfds and of the shadow directory; 0 until known.
    memfd_device: u64 = 0,
    shadow_device: u64 = 0,
};

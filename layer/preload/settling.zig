//! Waits until what was written to the target has arrived there, before somebody can look for it. Costs nothing while no
//! file of the target is open for writing in the session. What could not be brought is told by the proxy.

const core = @import("core");
const door = @import("door.zig");
const state = @import("state.zig");

/// Whether something may have been written that the target does not have yet.
pub inline fn isNeeded() bool {
    return state.isActive() and state.session.isWriting();
}

/// For all that any program of the session has written until now.
pub fn settle() void {
    if (isNeeded()) ask(-1);
}

/// For what was written to one file, if it can be written to through `fd`.
pub fn settleFile(fd: c_int) void {
    if (fd >= 0 and isNeeded()) ask(fd);
}

noinline fn ask(fd: c_int) void {
    var v: door.Visit = undefined;
    defer v.end();
    _ = v.start(.{ .settle = .{ .fd = fd } });
}

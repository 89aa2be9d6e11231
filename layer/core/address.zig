//! Socket addresses: as the kernel takes them (`struct sockaddr_*` bytes).

const std = @import("std");

/// The bytes of a `struct sockaddr_storage`, and how many of them count.
pub const Native = struct {
    bytes: [128]u8 align(8) = @splat(0),
    length: u32 = 0,

    pub fn slice(self: *const Native) []const u8 {
        return self.bytes[0..self.length];
    }
    pub fn family(self: *const Native) u16 {
        return if (self.length < 2) 0 else std.mem.readInt(u16, self.bytes[0..2], .little);
    }
};

//! Lines for the session's log: what a user who wonders must be able to find.

const std = @import("std");
const protocol = @import("protocol");
const pool = @import("pool.zig");

/// As the proxy numbers them.
pub const Level = enum(u8) { err = 0, warn = 1 };

/// Says it, if the proxy can be reached. Also between vfork and exec.
pub noinline fn log(level: Level, comptime format: []const u8, arguments: anytype) void {
    var text: [1024]u8 = undefined;
    const line = std.fmt.bufPrint(&text, format, arguments) catch return;
    const connection = pool.acquire() catch return;
    const message = protocol.Request{ .log = .{ .level = @intFromEnum(level), .text = line } };
    const request = protocol.encode(connection.room(), message) catch return pool.release(connection, true);
    connection.send(request) catch return pool.release(connection, false);
    pool.release(connection, true);
}

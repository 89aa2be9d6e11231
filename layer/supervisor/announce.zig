//! Lines for the session's log, on a connection of their own: they are rare.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const protocol = @import("protocol");
const connection_file = @import("connection.zig");

const warning = 1;

/// Says it, if the proxy can be reached.
pub fn log(session: *const core.Session, proxy: *const core.config.Proxy, comptime format: []const u8, arguments: anytype) void {
    var line: [1024]u8 = undefined;
    var join: [2048]u8 = undefined;
    var message: [2048]u8 = undefined;
    var body: [connection_file.room]u8 = undefined;
    const text = std.fmt.bufPrint(&line, format, arguments) catch return;
    const request = protocol.encode(&message, protocol.Request{ .log = .{ .level = warning, .text = text } }) catch return;
    const pid: u32 = @intCast(linux.getpid());
    const first = core.config.joinRequest(&join, proxy, pid, .supervisor, session.executable);
    var connection = connection_file.Connection{};
    connection.open(proxy.socketAddress(), first, &body) catch return;
    defer connection.close();
    // A proxy that finds the connection closed before it has let us in does not read on.
    awaitReply(connection.fd);
    connection.send(request) catch {};
}

/// Waits for the first answer, but not for ever.
fn awaitReply(fd: i32) void {
    const patience_ms = 1000;
    var polled = [_]linux.pollfd{.{ .fd = fd, .events = linux.POLL.IN, .revents = 0 }};
    _ = linux.poll(&polled, polled.len, patience_ms);
}

//! What the relay does before it ends as the program did: its parent may look at once for what the program has written.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const protocol = @import("protocol");
const connection_file = @import("connection.zig");

/// Waits until everything that was written in the session is at the target, but not longer than the user likes: a signal
/// that comes on `signals` from now on ends the waiting.
pub fn settle(signals: i32) void {
    const path = std.posix.getenvZ(core.config.variable.config) orelse return;
    const mapped = core.config.load(path) orelse return;
    const session = core.Session{ .config = mapped.config, .writing = mapped.writing, .working_directory = "", .executable = "" };
    if (!session.isWriting()) return;
    const proxy = core.config.Proxy.parse(std.posix.getenvZ(core.config.variable.proxy) orelse "") orelse return;
    var join: [256]u8 = undefined;
    var request: [64]u8 = undefined;
    var body: [connection_file.room]u8 = undefined;
    const first = core.config.joinRequest(&join, &proxy, @intCast(linux.getpid()), .supervisor, "");
    var connection = connection_file.Connection{};
    connection.open(proxy.socketAddress(), first, &body) catch return;
    defer connection.close();
    // What has ended the program may have come to us, too.
    while (isTold(signals)) _ = isImpatient(signals);
    if (!awaitFrame(&connection, signals)) return;
    connection.send(protocol.encode(&request, protocol.Request{ .settle = {} }) catch return) catch return;
    _ = awaitFrame(&connection, signals);
}

fn awaitFrame(connection: *connection_file.Connection, signals: i32) bool {
    while (true) switch (connection.receive()) {
        .frame => return true,
        .broken => return false,
        .nothing => {
            var polled = [_]linux.pollfd{
                .{ .fd = connection.fd, .events = linux.POLL.IN, .revents = 0 },
                .{ .fd = signals, .events = linux.POLL.IN, .revents = 0 },
            };
            _ = linux.poll(&polled, polled.len, -1);
            if (polled[1].revents != 0 and isImpatient(signals)) return false;
        },
    };
}

fn isTold(signals: i32) bool {
    var polled = [_]linux.pollfd{.{ .fd = signals, .events = linux.POLL.IN, .revents = 0 }};
    return linux.poll(&polled, polled.len, 0) == 1;
}

/// Children of the program's that end are no reason.
fn isImpatient(signals: i32) bool {
    var info: linux.signalfd_siginfo = undefined;
    const n = linux.read(signals, std.mem.asBytes(&info).ptr, @sizeOf(linux.signalfd_siginfo));
    return linux.E.init(n) == .SUCCESS and info.signo != linux.SIG.CHLD and info.signo != linux.SIG.CONT;
}

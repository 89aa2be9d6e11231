//! `mirrord-agent dial @NAME`: joins standard input and output with an agent's control socket. A container engine's `exec`
//! starts it inside the agent's container, for a user who can reach nothing but the engine.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");
const options = @import("options.zig");

const buffer_size = 64 << 10;

pub fn run(arguments: []const [*:0]const u8) !void {
    const name = if (arguments.len == 1) std.mem.span(arguments[0]) else "";
    if (name.len < 2 or name[0] != '@') checked.die("usage: mirrord-agent dial @NAME", .{});
    const socket = connect(name[1..]) catch checked.die("no agent listens at {s}: {t}", .{ name, checked.last_errno });
    var inward = Direction{ .from = 0, .to = socket };
    var outward = Direction{ .from = socket, .to = 1 };
    while (outward.open) {
        var polled = [_]linux.pollfd{ inward.polled(), outward.polled() };
        if (linux.E.init(linux.poll(&polled, polled.len, -1)) != .SUCCESS) continue;
        if (polled[0].revents != 0) {
            inward.carry();
            if (!inward.open) _ = linux.shutdown(socket, linux.SHUT.WR);
        }
        if (polled[1].revents != 0) outward.carry();
    }
}

fn connect(name: []const u8) !i32 {
    const address = try options.abstractAddress(name);
    const fd: i32 = @intCast(try checked.check(linux.socket(linux.AF.UNIX, linux.SOCK.STREAM, 0)));
    _ = try checked.check(linux.connect(fd, @ptrCast(&address.bytes), address.length));
    return fd;
}

const Direction = struct {
    from: i32,
    to: i32,
    open: bool = true,

    fn polled(self: *const Direction) linux.pollfd {
        return .{ .fd = if (self.open) self.from else -1, .events = linux.POLL.IN, .revents = 0 };
    }

    /// Takes what is there; the end, or an error on either side, closes the direction.
    fn carry(self: *Direction) void {
        var buffer: [buffer_size]u8 = undefined;
        const n = linux.read(self.from, &buffer, buffer.len);
        if (linux.E.init(n) != .SUCCESS or n == 0) {
            self.open = false;
            return;
        }
        var written: usize = 0;
        while (written < n) {
            const m = linux.write(self.to, buffer[written..].ptr, n - written);
            if (linux.E.init(m) != .SUCCESS) {
                self.open = false;
                return;
            }
            written += m;
        }
    }
};

//! The guardian: waits for the internal proxy to die, and then does what it can no longer do.
//!
//! Standard input brings one line of JSON (`Order`), and later either "done" (the proxy ended in an orderly way) or nothing.
//! It is a Zig program because it only waits: it costs 100 kB where a runtime would cost 30 MB.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");
const session_processes = @import("session_processes.zig");
const Processes = session_processes.Processes;
const Environment = @import("environment.zig").Environment;

/// What the proxy asks for. `programPid` 0: there is no program to end.
const Order = struct {
    proxyPid: u32,
    programPid: u32,
    /// Tells the agent that the session is over; executed last. Empty: nothing to tell.
    endCommand: []const []const u8,
    /// The session's folders, removed.
    sessionDirs: []const []const u8,
    /// Said to the user when the program is ended.
    reason: []const u8,
    /// What else belongs to the session: all that came of the program.
    marks: session_processes.Marks,
};

const order_limit = 256 << 10;

pub fn run(allocator: std.mem.Allocator, environment: *Environment) !void {
    _ = linux.setsid();
    const order = try readOrder(allocator);
    const proxy = try openPid(order.proxyPid);
    var processes = Processes{};
    if (order.programPid != 0) processes.add(order.programPid);
    if (waitForProxy(proxy)) return;
    processes.addMarked(order.marks) catch {};
    processes.end(order.reason);
    for (order.sessionDirs) |folder| removeSession(folder);
    try tellAgent(allocator, environment, order.endCommand);
}

fn readOrder(allocator: std.mem.Allocator) !Order {
    var line: std.ArrayList(u8) = .empty;
    while (std.mem.indexOfScalar(u8, line.items, '\n') == null) {
        if (line.items.len > order_limit) return error.OrderTooLong;
        const room = try line.addManyAsSlice(allocator, 4096);
        const n = try checked.check(linux.read(0, room.ptr, room.len));
        line.shrinkRetainingCapacity(line.items.len - room.len + n);
        if (n == 0) return error.OrderMissing;
    }
    const end = std.mem.indexOfScalar(u8, line.items, '\n').?;
    return std.json.parseFromSliceLeaky(Order, allocator, line.items[0..end], .{ .ignore_unknown_fields = true });
}

fn openPid(pid: u32) !i32 {
    return @intCast(try checked.check(linux.pidfd_open(@intCast(pid), 0)));
}

/// True when the proxy said "done" before it ended; false when it died.
fn waitForProxy(proxy: i32) bool {
    var polled = [_]linux.pollfd{
        .{ .fd = 0, .events = linux.POLL.IN, .revents = 0 },
        .{ .fd = proxy, .events = linux.POLL.IN, .revents = 0 },
    };
    while (true) {
        if (linux.E.init(linux.poll(&polled, polled.len, -1)) != .SUCCESS) continue;
        if (polled[0].revents != 0) {
            var word: [16]u8 = undefined;
            const n = linux.read(0, &word, word.len);
            if (linux.E.init(n) == .SUCCESS and n >= 4 and std.mem.eql(u8, word[0..4], "done")) return true;
            polled[0].fd = -1; // the pipe is closed: the pidfd decides
        }
        if (polled[1].revents != 0) return false;
    }
}

/// Only a folder that mirrord made is ever removed.
fn removeSession(path: []const u8) void {
    if (isSessionFolder(path)) std.fs.deleteTreeAbsolute(path) catch {};
}

fn isSessionFolder(path: []const u8) bool {
    if (path.len == 0 or path[0] != '/') return false;
    if (std.mem.indexOf(u8, path, "/../") != null or std.mem.endsWith(u8, path, "/..")) return false;
    const name = std.fs.path.basename(path);
    return std.mem.startsWith(u8, name, "mirrord-") and name.len > "mirrord-".len;
}

fn tellAgent(allocator: std.mem.Allocator, environment: *Environment, command: []const []const u8) !void {
    if (command.len == 0) return;
    const argv = try allocator.allocSentinel(?[*:0]const u8, command.len, null);
    for (command, argv) |word, *slot| slot.* = try allocator.dupeZ(u8, word);
    _ = checked.check(linux.execve(argv[0].?, argv.ptr, try environment.block())) catch {};
    checked.die("cannot execute {s}: {t}", .{ command[0], checked.last_errno });
}

test "only session folders are removed" {
    try std.testing.expect(isSessionFolder("/dev/shm/mirrord-12ab"));
    try std.testing.expect(!isSessionFolder("/dev/shm/mirrord-12ab/.."));
    try std.testing.expect(!isSessionFolder("/home/user"));
    try std.testing.expect(!isSessionFolder("mirrord-x"));
    try std.testing.expect(!isSessionFolder("/tmp/mirrord-"));
}

//! The processes of a session: found by what every one of them inherits, told why they end, and ended.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");

/// What is looked for in a process: either is enough, as programs may overwrite their variables, and static ones map nothing.
pub const Marks = struct {
    /// Stands in the process's variables.
    variable: []const u8,
    /// Path of a file that layers map.
    mappedFile: []const u8,
};

const grace_ms = 2000;
const processes_max = 256;
const proc_file_limit = 1 << 20;
const supervisor_name = "mirrord-supervisor";

pub const Processes = struct {
    pids: [processes_max]u32 = undefined,
    /// A pidfd each.
    handles: [processes_max]linux.pollfd = undefined,
    count: usize = 0,

    /// Keeps hold of a process; one that has ended is left out.
    pub fn add(self: *Processes, pid: u32) void {
        if (self.count == processes_max) return;
        const handle: i32 = @intCast(checked.check(linux.pidfd_open(@intCast(pid), 0)) catch return);
        self.pids[self.count] = pid;
        self.handles[self.count] = .{ .fd = handle, .events = linux.POLL.IN, .revents = 0 };
        self.count += 1;
    }

    /// Adds those that have one of the marks. Those that may not be looked into are not found.
    pub fn addMarked(self: *Processes, marks: Marks) !void {
        var scratch = std.heap.ArenaAllocator.init(std.heap.page_allocator);
        defer scratch.deinit();
        var proc = try std.fs.openDirAbsolute("/proc", .{ .iterate = true });
        defer proc.close();
        var entries = proc.iterate();
        while (try entries.next()) |entry| {
            const pid = std.fmt.parseInt(u32, entry.name, 10) catch continue;
            _ = scratch.reset(.retain_capacity);
            const isOurs = fileHolds(scratch.allocator(), pid, "environ", marks.variable) or
                fileHolds(scratch.allocator(), pid, "maps", marks.mappedFile);
            if (isOurs and std.mem.indexOfScalar(u32, self.pids[0..self.count], pid) == null) self.add(pid);
        }
    }

    /// Says why, asks all to end, and ends those that have not after a while.
    pub fn end(self: *Processes, reason: []const u8) void {
        if (self.wait(0)) return;
        for (self.pids[0..self.count]) |pid| if (say(pid, reason)) break;
        self.signal(linux.SIG.TERM);
        if (!self.wait(grace_ms)) self.signal(linux.SIG.KILL);
    }

    fn signal(self: *Processes, number: i32) void {
        for (self.handles[0..self.count]) |handle| {
            if (handle.fd >= 0) _ = linux.pidfd_send_signal(handle.fd, number, null, 0);
        }
    }

    /// True when all have ended, at the latest after so long.
    fn wait(self: *Processes, timeout_ms: i64) bool {
        const limit_ms = now() + timeout_ms;
        var left = true;
        while (left) {
            const rest_ms = @max(0, limit_ms - now());
            _ = linux.poll(&self.handles, @intCast(self.count), @intCast(rest_ms));
            left = false;
            for (self.handles[0..self.count]) |*handle| {
                if (handle.revents != 0) handle.fd = -1;
                if (handle.fd >= 0) left = true;
            }
            if (rest_ms == 0) break;
        }
        return !left;
    }
};

fn now() i64 {
    return std.time.milliTimestamp();
}

fn fileHolds(allocator: std.mem.Allocator, pid: u32, file: []const u8, mark: []const u8) bool {
    if (mark.len == 0) return false;
    const path = std.fmt.allocPrintSentinel(allocator, "/proc/{d}/{s}", .{ pid, file }, 0) catch return false;
    const text = system.readFile(allocator, path, proc_file_limit) catch return false;
    return std.mem.indexOf(u8, text, mark) != null;
}

/// On the program's own standard error: a descriptor kept for this would keep the user's pipes open. A supervisor has none.
fn say(pid: u32, reason: []const u8) bool {
    if (isSupervisor(pid)) return false;
    var path_buffer: [32]u8 = undefined;
    const path = std.fmt.bufPrintZ(&path_buffer, "/proc/{d}/fd/2", .{pid}) catch return false;
    const flags: linux.O = .{ .ACCMODE = .WRONLY, .APPEND = true, .NONBLOCK = true, .NOCTTY = true, .CLOEXEC = true };
    const fd: i32 = @intCast(checked.check(linux.open(path, flags, 0)) catch return false);
    defer _ = linux.close(fd);
    var buffer: [1024]u8 = undefined;
    const text = std.fmt.bufPrint(&buffer, "mirrord: {s}\n", .{reason}) catch return false;
    return linux.write(fd, text.ptr, text.len) == text.len;
}

fn isSupervisor(pid: u32) bool {
    var path_buffer: [32]u8 = undefined;
    const path = std.fmt.bufPrint(&path_buffer, "/proc/{d}/exe", .{pid}) catch return false;
    var target: [std.fs.max_path_bytes]u8 = undefined;
    const executable = std.posix.readlink(path, &target) catch return false;
    return std.mem.eql(u8, std.fs.path.basename(executable), supervisor_name);
}

test "marked processes are found and ended, others are not" {
    const allocator = std.testing.allocator;
    var variables = std.process.EnvMap.init(allocator);
    defer variables.deinit();
    try variables.put("MIRRORD_TEST_MARK", "@mirrord-4711:secret");
    var children: [2]std.process.Child = undefined;
    for (&children, 0..) |*child, index| {
        child.* = std.process.Child.init(&.{ "sleep", "30" }, allocator);
        if (index == 0) child.env_map = &variables;
        child.stderr_behavior = .Ignore;
        try child.spawn();
        try child.waitForSpawn();
    }
    var processes = Processes{};
    try processes.addMarked(.{ .variable = "MIRRORD_TEST_MARK=@mirrord-4711:", .mappedFile = "" });
    try std.testing.expectEqual(1, processes.count);
    try std.testing.expectEqual(children[0].id, @as(i32, @intCast(processes.pids[0])));
    processes.end("the test is over");
    try std.testing.expectEqual(std.process.Child.Term{ .Signal = linux.SIG.TERM }, try children[0].wait());
    // The other one lives until it is ended here.
    try std.testing.expectEqual(std.process.Child.Term{ .Signal = linux.SIG.TERM }, try children[1].kill());
}

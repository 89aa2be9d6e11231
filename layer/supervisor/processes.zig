//! What the calls of each process are to us, by the program it executes: a build tool is to be left alone, though what it
//! starts is not. Asked for at every call, so the answer is kept until the process executes another program.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");

pub const Standing = enum {
    served,
    /// `skip_processes`, or another root directory: its calls are the kernel's.
    left_alone,
};

/// Kernel 6.9: a handle on one thread. It tells whether the id still means the thread that we know.
const pidfd_thread = 0o200;

const Known = struct { tid: u32 = 0, handle: i32 = -1, standing: Standing = .served };

const known_count = 256;
var table: [known_count]Known = @splat(.{});

pub fn standingOf(session: *const core.Session, tid: u32) Standing {
    const slot = &table[tid % known_count];
    if (slot.tid == tid and isAlive(slot.handle)) return slot.standing;
    forget(slot);
    const standing = find(session, tid);
    const handle = linux.pidfd_open(@intCast(tid), pidfd_thread);
    if (linux.E.init(handle) == .SUCCESS) slot.* = .{ .tid = tid, .handle = @intCast(handle), .standing = standing };
    return standing;
}

/// The thread is about to execute a program: afterwards it bears its group's id.
pub fn executes(tid: u32) void {
    forgetThread(tid);
    forgetThread(groupOf(tid) orelse return);
}

fn forgetThread(tid: u32) void {
    const slot = &table[tid % known_count];
    if (slot.tid == tid) forget(slot);
}

fn forget(slot: *Known) void {
    if (slot.handle >= 0) _ = linux.close(slot.handle);
    slot.* = .{};
}

fn isAlive(handle: i32) bool {
    const result = linux.syscall4(.pidfd_send_signal, @as(u32, @bitCast(handle)), 0, 0, 0);
    return linux.E.init(result) == .SUCCESS;
}

fn find(session: *const core.Session, tid: u32) Standing {
    if (!sharesRoot(tid)) return .left_alone;
    var file_buffer: [core.path_limit]u8 = undefined;
    var name_buffer: [core.path_limit]u8 = undefined;
    const file = linkOf(tid, "exe", &file_buffer) orelse return .served;
    const name = calledBy(tid, &name_buffer) orelse file;
    if (!session.isSkipped(file, name)) return .served;
    // Who was started in a directory of the target works there: on this machine it would see a shadow's empty files.
    const directory = linkOf(tid, "cwd", &name_buffer) orelse return .left_alone;
    return if (core.nameInTarget(session, directory) == null) .left_alone else .served;
}

/// A path means another file in another root directory.
fn sharesRoot(tid: u32) bool {
    var own: linux.Stat = undefined;
    var other: linux.Stat = undefined;
    var path: [48]u8 = undefined;
    const root = std.fmt.bufPrintZ(&path, "/proc/{d}/root", .{tid}) catch return true;
    if (core.system.fstatat(linux.AT.FDCWD, "/", &own, 0) < 0) return true;
    if (core.system.fstatat(linux.AT.FDCWD, root, &other, 0) < 0) return true;
    return own.dev == other.dev and own.ino == other.ino;
}

fn linkOf(tid: u32, comptime name: []const u8, buffer: []u8) ?[]const u8 {
    var path: [48]u8 = undefined;
    const link = std.fmt.bufPrintZ(&path, "/proc/{d}/" ++ name, .{tid}) catch return null;
    const size: isize = @bitCast(linux.readlink(link, buffer.ptr, buffer.len));
    return if (size <= 0) null else buffer[0..@intCast(size)];
}

/// argv[0].
fn calledBy(tid: u32, buffer: []u8) ?[]const u8 {
    const text = fileOf(tid, "cmdline", buffer) orelse return null;
    return text[0 .. std.mem.indexOfScalar(u8, text, 0) orelse text.len];
}

/// The beginning of a file of the thread's in /proc.
pub fn fileOf(tid: u32, comptime name: []const u8, buffer: []u8) ?[]const u8 {
    var path: [48]u8 = undefined;
    return contentOf(std.fmt.bufPrintZ(&path, "/proc/{d}/" ++ name, .{tid}) catch return null, buffer);
}

/// The beginning of a file; null if it is empty.
pub fn contentOf(file: [*:0]const u8, buffer: []u8) ?[]const u8 {
    const opened = core.system.openat(linux.AT.FDCWD, file, core.system.O.CLOEXEC, 0);
    if (opened < 0) return null;
    defer core.system.close(@intCast(opened));
    const n = core.system.read(@intCast(opened), buffer);
    return if (n <= 0) null else buffer[0..@intCast(n)];
}

/// The process of a thread.
pub fn groupOf(tid: u32) ?u32 {
    var buffer: [2048]u8 = undefined;
    const status = fileOf(tid, "status", &buffer) orelse return null;
    return std.fmt.parseInt(u32, fieldOf(status, "Tgid:\t") orelse return null, 10) catch null;
}

/// The rest of the line that begins with `name`.
pub fn fieldOf(status: []const u8, name: []const u8) ?[]const u8 {
    const start = (std.mem.indexOf(u8, status, name) orelse return null) + name.len;
    return status[start .. std.mem.indexOfScalarPos(u8, status, start, '\n') orelse return null];
}

test "this thread is known, by its own handle" {
    const tid: u32 = @intCast(linux.gettid());
    try std.testing.expectEqual(@as(u32, @intCast(linux.getpid())), groupOf(tid).?);
    try std.testing.expect(sharesRoot(tid));
    var buffer: [core.path_limit]u8 = undefined;
    try std.testing.expect(std.mem.endsWith(u8, linkOf(tid, "exe", &buffer).?, "test"));
    executes(tid);
}

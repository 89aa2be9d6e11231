//! "core dumped": a part of how a process has ended that only the kernel can set, when it has written a core file. The
//! program has written its own; for the relay to end alike it has to write another one, a page long, into a folder that the
//! servant makes and removes. Where cores do not go to the working directory (a crash reporter gets them) it is not told:
//! the crash would be reported twice.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const processes = @import("processes.zig");

const dumped = 0x80; // WCOREFLAG
/// The least for which the kernel writes one.
const size_bytes = 4096;
const room = 64;

/// The program has ended so: makes the relay's folder. False when there is nothing to tell, or no way.
pub fn prepare(status: u32, relay: i32) bool {
    if (!linux.W.IFSIGNALED(status) or status & dumped == 0 or !goesToWorkingDirectory()) return false;
    var path: [room]u8 = undefined;
    return linux.E.init(linux.mkdir(folderOf(relay, &path), 0o700)) == .SUCCESS;
}

fn goesToWorkingDirectory() bool {
    var buffer: [256]u8 = undefined;
    const pattern = processes.contentOf("/proc/sys/kernel/core_pattern", &buffer) orelse return false;
    return std.mem.indexOfAny(u8, pattern, "/|@") == null;
}

/// In the relay, before it dies by the program's signal: what a second core may be.
pub fn limit(status: u32) void {
    var path: [room]u8 = undefined;
    const wanted: usize = if (status & dumped != 0 and enter(folderOf(linux.getpid(), &path))) size_bytes else 0;
    var allowed: linux.rlimit = undefined;
    if (linux.E.init(linux.getrlimit(.CORE, &allowed)) != .SUCCESS) return;
    allowed.cur = @min(wanted, allowed.max);
    _ = linux.setrlimit(.CORE, &allowed);
}

fn enter(folder: [*:0]const u8) bool {
    return linux.E.init(linux.chdir(folder)) == .SUCCESS;
}

/// After the relay's death.
pub fn remove(relay: i32) void {
    var path: [room]u8 = undefined;
    const folder = folderOf(relay, &path);
    const opened = core.system.openat(linux.AT.FDCWD, folder, core.system.O.DIRECTORY | core.system.O.CLOEXEC, 0);
    if (opened < 0) return;
    defer core.system.close(@intCast(opened));
    // Its name is the pattern's: "core", or one with the pid in it.
    var entries: [1024]u8 align(8) = undefined;
    const length = linux.getdents64(@intCast(opened), &entries, entries.len);
    var at: usize = 0;
    while (linux.E.init(length) == .SUCCESS and at < length) {
        const entry: *align(1) const linux.dirent64 = @ptrCast(&entries[at]);
        const name: [*:0]const u8 = @ptrCast(&entries[at + @offsetOf(linux.dirent64, "name")]);
        _ = linux.unlinkat(@intCast(opened), name, 0);
        at += entry.reclen;
    }
    _ = linux.rmdir(folder);
}

fn folderOf(relay: i32, buffer: *[room]u8) [*:0]const u8 {
    return std.fmt.bufPrintZ(buffer, "/tmp/mirrord-core-{d}", .{relay}) catch unreachable;
}

test "the folder is there for the relay, and gone afterwards" {
    const nobody = std.math.maxInt(i32);
    const segfault = linux.SIG.SEGV;
    try std.testing.expect(!prepare(segfault, nobody));
    if (!prepare(segfault | dumped, nobody)) return;
    try std.testing.expect(!prepare(segfault | dumped, nobody));
    var path: [room]u8 = undefined;
    const folder = folderOf(nobody, &path);
    const directory: i32 = @intCast(linux.open(folder, .{ .DIRECTORY = true, .CLOEXEC = true }, 0));
    defer _ = linux.close(directory);
    _ = linux.close(@intCast(linux.openat(directory, "core", .{ .CREAT = true, .ACCMODE = .WRONLY }, 0o600)));
    remove(nobody);
    try std.testing.expectEqual(linux.E.NOENT, linux.E.init(linux.access(folder, 0)));
}

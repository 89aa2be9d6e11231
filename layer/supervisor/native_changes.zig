//! Changes of local files whose path was rewritten by a mapping: done here, in the caller's place. What is relative stays
//! the kernel's, as only absolute paths are mapped.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");

const cwd: usize = @bitCast(@as(isize, linux.AT.FDCWD));

/// 0 or −errno; null when the kernel can go on itself.
pub fn perform(call: *core.Call) core.Error!?i64 {
    if (call.path == null and call.second_path == null) return null;
    const caller = call.caller;
    const path = call.path orelse switch (call.arguments) {
        .rename => |a| try caller.string(a.from.path),
        .link => |a| try caller.string(a.from.path),
        else => unreachable,
    };
    return switch (call.arguments) {
        .make_directory => |a| signed(linux.mkdirat(linux.AT.FDCWD, path, a.mode & ~caller.umask())),
        .remove => |a| signed(linux.unlinkat(linux.AT.FDCWD, path, a.at.flags)),
        .symlink => |a| signed(linux.symlinkat(try caller.string(a.text), linux.AT.FDCWD, path)),
        .make_node => |a| signed(linux.mknodat(linux.AT.FDCWD, path, a.mode & ~caller.umask(), @truncate(a.device))),
        .truncate => |a| signed(linux.syscall2(.truncate, @intFromPtr(path.ptr), @bitCast(a.size))),
        .change_mode => |a| signed(linux.syscall3(.fchmodat, cwd, @intFromPtr(path.ptr), a.mode)),
        .change_owner => |a| signed(linux.syscall5(.fchownat, cwd, @intFromPtr(path.ptr), a.uid, a.gid, a.at.flags)),
        .set_times => |a| signed(linux.utimensat(linux.AT.FDCWD, path, if (a.times) |*given| given else null, a.at.flags)),
        .rename => |a| {
            const to = try second(call, a.to);
            return signed(linux.renameat2(linux.AT.FDCWD, path, linux.AT.FDCWD, to, @bitCast(a.flags)));
        },
        .link => |a| {
            const to = try second(call, a.to);
            return signed(linux.linkat(linux.AT.FDCWD, path, linux.AT.FDCWD, to, @bitCast(a.from.flags)));
        },
        else => null,
    };
}

fn second(call: *core.Call, place: core.Place) core.Error![:0]const u8 {
    return call.second_path orelse try call.caller.string(place.path);
}

/// inotify_add_watch(2) on what stands for a remote file: the mark is the inode's, so it may be set from here.
pub fn watch(call: *core.Call, fd: i32, mask: u32) core.Error!?i64 {
    const path = call.path orelse return null;
    const borrowed = try call.caller.borrow(fd);
    defer call.caller.release(borrowed);
    return signed(linux.inotify_add_watch(borrowed, path, mask));
}

fn signed(result: usize) i64 {
    return @as(isize, @bitCast(result));
}

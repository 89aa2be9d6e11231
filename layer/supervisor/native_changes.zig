//! Changes of local files whose path was rewritten (mapped, or relative to a directory of the target): done here, in the
//! caller's place.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");

const cwd: usize = @bitCast(@as(isize, linux.AT.FDCWD));

/// 0 or −errno; null when the kernel can go on itself.
pub fn perform(call: *core.Call) core.Error!?i64 {
    const caller = call.caller;
    const path = switch (call.arguments) {
        .rename => |a| try pathOf(call, call.path, a.from) orelse return across,
        .link => |a| try pathOf(call, call.path, a.from) orelse return across,
        else => call.path orelse return null,
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
            const to = try pathOf(call, call.second_path, a.to) orelse return across;
            return signed(linux.renameat2(linux.AT.FDCWD, path, linux.AT.FDCWD, to, @bitCast(a.flags)));
        },
        .link => |a| {
            const to = try pathOf(call, call.second_path, a.to) orelse return across;
            return signed(linux.linkat(linux.AT.FDCWD, path, linux.AT.FDCWD, to, @bitCast(a.from.flags)));
        },
        else => try attribute(call, path),
    };
}

fn attribute(call: *core.Call, path: [:0]const u8) core.Error!?i64 {
    const caller = call.caller;
    const room = try call.requestRoom();
    switch (call.arguments) {
        .get_attribute => |a| {
            const name = try caller.string(a.name);
            const size = @min(a.size, room.len);
            const text = @intFromPtr(name.ptr);
            const result = signed(linux.syscall4(ofLink(a.at, .getxattr), @intFromPtr(path.ptr), text, @intFromPtr(room.ptr), size));
            if (result > 0 and size > 0) try caller.write(a.buffer, room[0..@intCast(result)]);
            return result;
        },
        .list_attributes => |a| {
            const size = @min(a.size, room.len);
            const result = signed(linux.syscall3(ofLink(a.at, .listxattr), @intFromPtr(path.ptr), @intFromPtr(room.ptr), size));
            if (result > 0 and size > 0) try caller.write(a.buffer, room[0..@intCast(result)]);
            return result;
        },
        .set_attribute => |a| {
            if (a.size > room.len) return -@as(i64, @intFromEnum(linux.E.@"2BIG"));
            const name = @intFromPtr((try caller.string(a.name)).ptr);
            try caller.read(a.value, room[0..a.size]);
            const value = @intFromPtr(room.ptr);
            return signed(linux.syscall5(ofLink(a.at, .setxattr), @intFromPtr(path.ptr), name, value, a.size, a.flags));
        },
        .remove_attribute => |a| {
            const name = @intFromPtr((try caller.string(a.name)).ptr);
            return signed(linux.syscall2(ofLink(a.at, .removexattr), @intFromPtr(path.ptr), name));
        },
        else => return null,
    }
}

/// The call, or its sister that does not follow a link.
fn ofLink(place: core.Place, comptime call: linux.SYS) linux.SYS {
    const sister: linux.SYS = switch (call) {
        .getxattr => .lgetxattr,
        .listxattr => .llistxattr,
        .setxattr => .lsetxattr,
        else => .lremovexattr,
    };
    return if (place.flags & linux.AT.SYMLINK_NOFOLLOW != 0) sister else call;
}

/// What a call answers that names one file by a path of ours, and the other in a directory of the caller's.
const across = -@as(i64, @intFromEnum(linux.E.XDEV));

/// One of two paths, as far as it means the same here as there.
fn pathOf(call: *core.Call, rewritten: ?[:0]const u8, place: core.Place) core.Error!?[:0]const u8 {
    const path = rewritten orelse try call.caller.string(place.path);
    return if (path[0] == '/') path else null;
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

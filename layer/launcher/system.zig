//! The few system calls of the launcher that `std.os.linux` gives as raw numbers, with named errors.
const std = @import("std");
const linux = std.os.linux;

const check = @import("checked").check;

/// A whole small file (proc files report size 0, so it is read until the end).
pub fn readFile(allocator: std.mem.Allocator, path: [:0]const u8, limit: usize) ![]u8 {
    const fd: i32 = @intCast(try check(linux.open(path, .{ .CLOEXEC = true }, 0)));
    defer _ = linux.close(fd);
    var content: std.ArrayList(u8) = .empty;
    while (content.items.len < limit) {
        const room = try content.addManyAsSlice(allocator, 4096);
        const n = try check(linux.read(fd, room.ptr, room.len));
        content.shrinkRetainingCapacity(content.items.len - room.len + n);
        if (n == 0) break;
    }
    return content.items;
}

/// The target of a symbolic link such as /proc/self/exe.
pub fn readLink(allocator: std.mem.Allocator, path: [:0]const u8) ![:0]u8 {
    var buffer: [4096]u8 = undefined;
    const n = try check(linux.readlink(path, &buffer, buffer.len));
    return allocator.dupeZ(u8, buffer[0..n]);
}

/// Device and inode of a namespace file, which name the namespace.
pub const Identity = struct { device: u64, inode: u64 };

pub fn identity(path: [:0]const u8) !Identity {
    var stat: linux.Stat = undefined;
    _ = try check(linux.fstatat(linux.AT.FDCWD, path, &stat, 0));
    return .{ .device = stat.dev, .inode = stat.ino };
}

/// Joins the namespace behind `fd`, which must be of `kind` (a CLONE_NEW… flag).
pub fn setns(fd: i32, kind: usize) usize {
    return linux.syscall2(.setns, @intCast(fd), kind);
}

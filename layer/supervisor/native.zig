//! Calls that this process does in the caller's place: what the core wants answered by the kernel first, and local calls
//! whose path or address was rewritten (the caller's own memory is never changed).
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const changes = @import("native_changes.zig");

/// The kernel's getsockopt(SOL_SOCKET, SO_ERROR), which also clears the error. Returns 0 or −errno.
pub fn socketError(caller: core.Caller, fd: i32, buffer: usize, length: usize) core.Error!i64 {
    const borrowed = try caller.borrow(fd);
    defer caller.release(borrowed);
    const room = try caller.load(u32, length);
    var value: i32 = 0;
    var size: linux.socklen_t = @sizeOf(i32);
    const result = signed(linux.getsockopt(borrowed, linux.SOL.SOCKET, linux.SO.ERROR, @ptrCast(&value), &size));
    if (result < 0) return result;
    try caller.write(buffer, std.mem.asBytes(&value)[0..@min(room, size)]);
    try caller.write(length, std.mem.asBytes(&size));
    return 0;
}

/// Writes a socket address as accept(2) does: cut to the caller's room, with its full length told.
pub fn giveAddress(caller: core.Caller, at: usize, length: usize, address: []const u8) core.Error!void {
    if (at == 0 or length == 0) return;
    const room = try caller.load(u32, length);
    const full: u32 = @intCast(address.len);
    try caller.write(at, address[0..@min(room, full)]);
    try caller.write(length, std.mem.asBytes(&full));
}

/// A local call with a rewritten path or address; null when nothing was rewritten, so that the kernel may go on itself.
pub fn rewritten(call: *core.Call) core.Error!?core.Outcome {
    if (call.address) |*address| return try withAddress(call, address.slice());
    if (call.path) |path| return try withPath(call, path);
    if (call.second_path != null) return call.answer(try changes.perform(call) orelse return null);
    return null;
}

fn withAddress(call: *core.Call, address: []const u8) core.Error!?core.Outcome {
    const fd = switch (call.arguments) {
        .connect => |connect| connect.fd,
        .bind => |bind| bind.fd,
        else => return null,
    };
    const borrowed = try call.caller.borrow(fd);
    defer call.caller.release(borrowed);
    const length: linux.socklen_t = @intCast(address.len);
    const result = switch (call.arguments) {
        .connect => linux.connect(borrowed, address.ptr, length),
        else => linux.bind(borrowed, @ptrCast(@alignCast(address.ptr)), length),
    };
    return call.answer(signed(result));
}

fn withPath(call: *core.Call, path: [:0]const u8) core.Error!?core.Outcome {
    switch (call.arguments) {
        .open => |open| {
            // The path is no longer the one whose ways matter.
            if (open.restricted) return call.fail(.NOSYS);
            var flags: linux.O = @bitCast(open.flags);
            flags.PATH = false; // such a descriptor can't be given away
            const result = linux.open(path, flags, open.mode & ~call.caller.umask());
            if (signed(result) < 0) return call.answer(signed(result));
            call.descriptor = @intCast(result);
            call.close_on_exec = flags.CLOEXEC;
            return .descriptor;
        },
        .stat => |stat| return call.answer(try statPath(call.caller, path, stat.flags, stat.buffer, stat.layout)),
        .stat_filesystem => |a| return call.answer(try statFilesystem(call.caller, path, a.buffer, a.layout)),
        .access => |access| return call.answer(signed(linux.faccessat(linux.AT.FDCWD, path, access.mode, access.flags))),
        .read_link => |link| {
            var buffer: [core.path_limit]u8 = undefined;
            const result = signed(linux.readlink(path, &buffer, @min(link.size, buffer.len)));
            if (result > 0) try call.caller.write(link.buffer, buffer[0..@intCast(result)]);
            return call.answer(result);
        },
        .watch => |a| return call.answer(try changes.watch(call, a.fd, a.mask) orelse return null),
        else => return call.answer(try changes.perform(call) orelse return null),
    }
}

fn statPath(caller: core.Caller, path: [:0]const u8, flags: u32, buffer: usize, layout: core.StatLayout) core.Error!i64 {
    if (layout != .statx) {
        var stat: linux.Stat = undefined;
        const result = signed(linux.fstatat(linux.AT.FDCWD, path, &stat, flags));
        return if (result == 0) try core.layouts.giveStat(caller, buffer, &stat, layout) else result;
    }
    var stat: linux.Statx = undefined;
    const result = signed(linux.statx(linux.AT.FDCWD, path, flags, linux.STATX_BASIC_STATS | linux.STATX_BTIME, &stat));
    if (result == 0) try caller.write(buffer, std.mem.asBytes(&stat));
    return result;
}

fn statFilesystem(caller: core.Caller, path: [:0]const u8, buffer: usize, layout: core.FilesystemLayout) core.Error!i64 {
    var stat: core.metadata.Filesystem = undefined;
    const result = signed(linux.syscall2(.statfs, @intFromPtr(path.ptr), @intFromPtr(&stat)));
    return if (result == 0) try core.layouts.giveFilesystem(caller, buffer, &stat, layout) else result;
}

fn signed(result: usize) i64 {
    return @as(isize, @bitCast(result));
}

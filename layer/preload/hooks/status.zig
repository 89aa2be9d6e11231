//! stat(2) and its many names, those of old glibc included.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const state = @import("../state.zig");
const AT_FDCWD = core.system.AT_FDCWD;
const Path = native.Path;

const Buffer = ?*linux.Stat;
const Stat = *const fn (Path, Buffer) callconv(.c) c_int;
const DescriptorStat = *const fn (c_int, Buffer) callconv(.c) c_int;
const StatAt = *const fn (c_int, Path, Buffer, c_int) callconv(.c) c_int;
const OldStat = *const fn (c_int, Path, Buffer) callconv(.c) c_int;
const OldDescriptorStat = *const fn (c_int, c_int, Buffer) callconv(.c) c_int;
const OldStatAt = *const fn (c_int, c_int, Path, Buffer, c_int) callconv(.c) c_int;
const Statx = *const fn (c_int, Path, c_int, c_uint, ?*linux.Statx) callconv(.c) c_int;

pub fn visit(v: *door.Visit, directory: c_int, path: Path, flags: u32, buffer: ?*anyopaque, layout: core.StatLayout) door.Result {
    return v.start(.{ .stat = .{
        .directory = directory,
        .path = @intFromPtr(path),
        .flags = flags,
        .buffer = @intFromPtr(buffer),
        .layout = layout,
    } });
}

/// After a native fstat: replaces the answer if the descriptor stands for a remote file.
pub fn correct(fd: c_int, buffer: Buffer) void {
    if (!state.isActive() or !state.session.isStandIn(buffer.?)) return;
    var v: door.Visit = undefined;
    _ = v.start(.{ .stat_descriptor = .{ .fd = fd, .buffer = @intFromPtr(buffer), .layout = .stat } });
    v.end();
}

fn followFlag(comptime follow: bool) u32 {
    return if (follow) 0 else linux.AT.SYMLINK_NOFOLLOW;
}

/// stat(2) by path, for functions that libc would call it inside of.
pub fn statPath(path: Path, buffer: *linux.Stat, flags: u32) c_int {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visit(&v, AT_FDCWD, path, flags, buffer, .stat)) {
        .local => native.result(c_int, core.system.fstatat(AT_FDCWD, v.path(path).?, buffer, flags)),
        .value => |value| native.result(c_int, value),
    };
}

/// The hooks, for functions that take such a function.
pub const stat: *const anyopaque = statHook("stat", true);
pub const lstat: *const anyopaque = statHook("lstat", false);

fn statHook(comptime name: [:0]const u8, comptime follow: bool) Stat {
    return struct {
        fn hook(path: Path, buffer: Buffer) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, AT_FDCWD, path, followFlag(follow), buffer, .stat)) {
                .local => native.call(name, Stat, .{ v.path(path), buffer }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn oldStat(comptime name: [:0]const u8, comptime follow: bool) OldStat {
    return struct {
        fn hook(version: c_int, path: Path, buffer: Buffer) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, AT_FDCWD, path, followFlag(follow), buffer, .stat)) {
                .local => native.call(name, OldStat, .{ version, v.path(path), buffer }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn statAt(comptime name: [:0]const u8) StatAt {
    return struct {
        fn hook(directory: c_int, path: Path, buffer: Buffer, flags: c_int) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, directory, path, @bitCast(flags), buffer, .stat)) {
                .local => native.call(name, StatAt, .{ directory, v.path(path), buffer, flags }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn oldStatAt(comptime name: [:0]const u8) OldStatAt {
    return struct {
        fn hook(version: c_int, directory: c_int, path: Path, buffer: Buffer, flags: c_int) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, directory, path, @bitCast(flags), buffer, .stat)) {
                .local => native.call(name, OldStatAt, .{ version, directory, v.path(path), buffer, flags }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn descriptorStat(comptime name: [:0]const u8) DescriptorStat {
    return struct {
        fn hook(fd: c_int, buffer: Buffer) callconv(.c) c_int {
            const result = native.call(name, DescriptorStat, .{ fd, buffer });
            if (result == 0) correct(fd, buffer);
            return result;
        }
    }.hook;
}

fn oldDescriptorStat(comptime name: [:0]const u8) OldDescriptorStat {
    return struct {
        fn hook(version: c_int, fd: c_int, buffer: Buffer) callconv(.c) c_int {
            const result = native.call(name, OldDescriptorStat, .{ version, fd, buffer });
            if (result == 0) correct(fd, buffer);
            return result;
        }
    }.hook;
}

fn statx(directory: c_int, path: Path, flags: c_int, mask: c_uint, buffer: ?*linux.Statx) callconv(.c) c_int {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visit(&v, directory, path, @bitCast(flags), buffer, .statx)) {
        .local => native.call("statx", Statx, .{ directory, v.path(path), flags, mask, buffer }),
        .value => |value| native.result(c_int, value),
    };
}

comptime {
    for (.{ "stat", "stat64" }) |name| @export(statHook(name, true), .{ .name = name });
    for (.{ "lstat", "lstat64" }) |name| @export(statHook(name, false), .{ .name = name });
    for (.{ "__xstat", "__xstat64" }) |name| @export(oldStat(name, true), .{ .name = name });
    for (.{ "__lxstat", "__lxstat64" }) |name| @export(oldStat(name, false), .{ .name = name });
    for (.{ "fstatat", "fstatat64" }) |name| @export(statAt(name), .{ .name = name });
    for (.{ "__fxstatat", "__fxstatat64" }) |name| @export(oldStatAt(name), .{ .name = name });
    for (.{ "fstat", "fstat64" }) |name| @export(descriptorStat(name), .{ .name = name });
    for (.{ "__fxstat", "__fxstat64" }) |name| @export(oldDescriptorStat(name), .{ .name = name });
    @export(&statx, .{ .name = "statx" });
}

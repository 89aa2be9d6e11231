//! access(2), readlink(2), realpath(3) and their other names.

const std = @import("std");
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const AT_FDCWD = core.system.AT_FDCWD;
const Path = native.Path;

const Access = *const fn (Path, c_int) callconv(.c) c_int;
const AccessAt = *const fn (c_int, Path, c_int, c_int) callconv(.c) c_int;
const ReadLink = *const fn (Path, ?[*]u8, usize) callconv(.c) isize;
const ReadLinkAt = *const fn (c_int, Path, ?[*]u8, usize) callconv(.c) isize;
const ReadLinkChecked = *const fn (Path, ?[*]u8, usize, usize) callconv(.c) isize;
const ReadLinkAtChecked = *const fn (c_int, Path, ?[*]u8, usize, usize) callconv(.c) isize;
const RealPath = *const fn (Path, ?[*]u8) callconv(.c) ?[*]u8;
const RealPathChecked = *const fn (Path, ?[*]u8, usize) callconv(.c) ?[*]u8;
const Canonicalize = *const fn (Path) callconv(.c) ?[*]u8;

const effective_ids = 0x200;

pub fn visitAccess(v: *door.Visit, directory: c_int, path: Path, mode: c_int, flags: c_int) door.Result {
    return v.start(.{ .access = .{
        .directory = directory,
        .path = @intFromPtr(path),
        .mode = @bitCast(mode),
        .flags = @bitCast(flags),
    } });
}

fn access(comptime name: [:0]const u8, comptime flags: c_int) Access {
    return struct {
        fn hook(path: Path, mode: c_int) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visitAccess(&v, AT_FDCWD, path, mode, flags)) {
                .local => native.call(name, Access, .{ v.path(path), mode }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn faccessat(directory: c_int, path: Path, mode: c_int, flags: c_int) callconv(.c) c_int {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visitAccess(&v, directory, path, mode, flags)) {
        .local => native.call("faccessat", AccessAt, .{ directory, v.path(path), mode, flags }),
        .value => |value| native.result(c_int, value),
    };
}

pub fn visitReadLink(v: *door.Visit, directory: c_int, path: Path, buffer: ?[*]u8, size: usize) door.Result {
    return v.start(.{ .read_link = .{
        .directory = directory,
        .path = @intFromPtr(path),
        .buffer = @intFromPtr(buffer),
        .size = size,
    } });
}

fn readlink(path: Path, buffer: ?[*]u8, size: usize) callconv(.c) isize {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visitReadLink(&v, AT_FDCWD, path, buffer, size)) {
        .local => native.call("readlink", ReadLink, .{ v.path(path), buffer, size }),
        .value => |value| native.result(isize, value),
    };
}

fn readlinkat(directory: c_int, path: Path, buffer: ?[*]u8, size: usize) callconv(.c) isize {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visitReadLink(&v, directory, path, buffer, size)) {
        .local => native.call("readlinkat", ReadLinkAt, .{ directory, v.path(path), buffer, size }),
        .value => |value| native.result(isize, value),
    };
}

// The fortified ones know the buffer's true size, and end the program if `size` is beyond it: libc does that.

fn readlinkChecked(path: Path, buffer: ?[*]u8, size: usize, room: usize) callconv(.c) isize {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visitReadLink(&v, AT_FDCWD, path, buffer, @min(size, room))) {
        .local => native.call("__readlink_chk", ReadLinkChecked, .{ v.path(path), buffer, size, room }),
        .value => |value| native.result(isize, value),
    };
}

fn readlinkatChecked(directory: c_int, path: Path, buffer: ?[*]u8, size: usize, room: usize) callconv(.c) isize {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visitReadLink(&v, directory, path, buffer, @min(size, room))) {
        .local => native.call("__readlinkat_chk", ReadLinkAtChecked, .{ directory, v.path(path), buffer, size, room }),
        .value => |value| native.result(isize, value),
    };
}

const path_max = 4096;

/// The resolved path in `buffer`, or in memory of the program's allocator. Null if the native function is to be called.
fn resolve(v: *door.Visit, path: Path, buffer: ?[*]u8) ?(?[*]u8) {
    var kept: [path_max]u8 = undefined;
    const result = v.start(.{ .real_path = .{
        .path = @intFromPtr(path),
        .buffer = @intFromPtr(buffer orelse &kept),
        .size = path_max,
    } });
    const length = switch (result) {
        .local => return null,
        .value => |value| native.result(isize, value),
    };
    if (length < 0) return @as(?[*]u8, null);
    if (buffer) |given| return @as(?[*]u8, given);
    const size: usize = @intCast(length + 1);
    const memory = native.malloc(size) orelse return @as(?[*]u8, null);
    @memcpy(memory[0..size], kept[0..size]);
    return @as(?[*]u8, memory);
}

fn realpath(path: Path, buffer: ?[*]u8) callconv(.c) ?[*]u8 {
    var v: door.Visit = undefined;
    defer v.end();
    return resolve(&v, path, buffer) orelse native.call("realpath", RealPath, .{ v.path(path), buffer });
}

fn realpathChecked(path: Path, buffer: ?[*]u8, room: usize) callconv(.c) ?[*]u8 {
    // A smaller buffer is an error that libc ends the program for.
    if (room < path_max) return native.call("__realpath_chk", RealPathChecked, .{ path, buffer, room });
    var v: door.Visit = undefined;
    defer v.end();
    const resolved = resolve(&v, path, buffer);
    return resolved orelse native.call("__realpath_chk", RealPathChecked, .{ v.path(path), buffer, room });
}

fn canonicalize(path: Path) callconv(.c) ?[*]u8 {
    var v: door.Visit = undefined;
    defer v.end();
    return resolve(&v, path, null) orelse native.call("canonicalize_file_name", Canonicalize, .{v.path(path)});
}

comptime {
    @export(access("access", 0), .{ .name = "access" });
    for (.{ "euidaccess", "eaccess" }) |name| @export(access(name, effective_ids), .{ .name = name });
    @export(&faccessat, .{ .name = "faccessat" });
    @export(&readlink, .{ .name = "readlink" });
    @export(&readlinkat, .{ .name = "readlinkat" });
    @export(&readlinkChecked, .{ .name = "__readlink_chk" });
    @export(&readlinkatChecked, .{ .name = "__readlinkat_chk" });
    @export(&realpath, .{ .name = "realpath" });
    @export(&realpathChecked, .{ .name = "__realpath_chk" });
    @export(&canonicalize, .{ .name = "canonicalize_file_name" });
}

//! open(2) and its many names.

const std = @import("std");
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const O = core.system.O;
const AT_FDCWD = core.system.AT_FDCWD;
const Path = native.Path;

// The mode is variadic in C; it comes in the same register as a fixed argument on both architectures.
const Open = *const fn (Path, c_int, c_uint) callconv(.c) c_int;
const OpenAt = *const fn (c_int, Path, c_int, c_uint) callconv(.c) c_int;
const OpenChecked = *const fn (Path, c_int) callconv(.c) c_int;
const OpenAtChecked = *const fn (c_int, Path, c_int) callconv(.c) c_int;
const Creat = *const fn (Path, c_uint) callconv(.c) c_int;

/// What creat(2) opens with.
pub const creat_flags: c_int = O.CREAT | O.WRONLY | O.TRUNC;

/// Begins the call; flags that open(2) itself knows.
pub fn visit(v: *door.Visit, directory: c_int, path: Path, flags: c_int, mode: c_uint) door.Result {
    return v.start(.{ .open = .{
        .directory = directory,
        .path = @intFromPtr(path),
        .flags = @bitCast(flags),
        .mode = mode,
    } });
}

/// A descriptor of a remote file, or null if it is to be opened locally at `v.path`. For functions that open by path
/// inside libc and have a sister that takes a descriptor.
pub fn remote(v: *door.Visit, path: Path, flags: u32) ?i64 {
    return switch (visit(v, AT_FDCWD, path, @bitCast(flags), 0o666)) {
        .local => null,
        .value => |value| value,
    };
}

/// open(2) for reading, for functions that libc would call it inside of: a descriptor or −errno.
pub fn openPath(v: *door.Visit, path: Path, flags: u32) i64 {
    defer v.end();
    return switch (visit(v, AT_FDCWD, path, @bitCast(flags), 0)) {
        .local => core.system.openat(AT_FDCWD, v.path(path).?, flags, 0),
        .value => |value| value,
    };
}

fn open(comptime name: [:0]const u8) Open {
    return struct {
        fn hook(path: Path, flags: c_int, mode: c_uint) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, AT_FDCWD, path, flags, mode)) {
                .local => native.call(name, Open, .{ v.path(path), flags, mode }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn openAt(comptime name: [:0]const u8) OpenAt {
    return struct {
        fn hook(directory: c_int, path: Path, flags: c_int, mode: c_uint) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, directory, path, flags, mode)) {
                .local => native.call(name, OpenAt, .{ directory, v.path(path), flags, mode }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn openChecked(comptime name: [:0]const u8) OpenChecked {
    return struct {
        fn hook(path: Path, flags: c_int) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, AT_FDCWD, path, flags, 0)) {
                .local => native.call(name, OpenChecked, .{ v.path(path), flags }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn openAtChecked(comptime name: [:0]const u8) OpenAtChecked {
    return struct {
        fn hook(directory: c_int, path: Path, flags: c_int) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, directory, path, flags, 0)) {
                .local => native.call(name, OpenAtChecked, .{ directory, v.path(path), flags }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn creat(comptime name: [:0]const u8) Creat {
    return struct {
        fn hook(path: Path, mode: c_uint) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, AT_FDCWD, path, creat_flags, mode)) {
                .local => native.call(name, Creat, .{ v.path(path), mode }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

comptime {
    for (.{ "open", "open64", "__open", "__open64" }) |name| @export(open(name), .{ .name = name });
    for (.{ "openat", "openat64" }) |name| @export(openAt(name), .{ .name = name });
    for (.{ "__open_2", "__open64_2" }) |name| @export(openChecked(name), .{ .name = name });
    for (.{ "__openat_2", "__openat64_2" }) |name| @export(openAtChecked(name), .{ .name = name });
    for (.{ "creat", "creat64" }) |name| @export(creat(name), .{ .name = name });
}

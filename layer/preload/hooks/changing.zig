//! Calls that make, rename and remove files, and those that truncate them by path.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const system = core.system;
const AT_FDCWD = system.AT_FDCWD;
const Path = native.Path;

const OfPath = *const fn (Path) callconv(.c) c_int;
const OfPathMode = *const fn (Path, c_uint) callconv(.c) c_int;
const OfPathModeAt = *const fn (c_int, Path, c_uint) callconv(.c) c_int;
const UnlinkAt = *const fn (c_int, Path, c_int) callconv(.c) c_int;
const OfPaths = *const fn (Path, Path) callconv(.c) c_int;
const RenameAt = *const fn (c_int, Path, c_int, Path) callconv(.c) c_int;
const WithFlagsAt = *const fn (c_int, Path, c_int, Path, c_uint) callconv(.c) c_int;
const SymlinkAt = *const fn (Path, c_int, Path) callconv(.c) c_int;
const MakeNode = *const fn (Path, c_uint, u64) callconv(.c) c_int;
const MakeNodeAt = *const fn (c_int, Path, c_uint, u64) callconv(.c) c_int;
const OldMakeNode = *const fn (c_int, Path, c_uint, *const u64) callconv(.c) c_int;
const OldMakeNodeAt = *const fn (c_int, c_int, Path, c_uint, *const u64) callconv(.c) c_int;
const Truncate = *const fn (Path, i64) callconv(.c) c_int;

fn at(directory: c_int, path: Path, flags: u32) core.Place {
    return .{ .directory = directory, .path = @intFromPtr(path), .flags = flags };
}
fn named(path: Path) core.Place {
    return at(AT_FDCWD, path, 0);
}

fn mkdir(path: Path, mode: c_uint) callconv(.c) c_int {
    return door.perform("mkdir", OfPathMode, .{ .make_directory = .{ .at = named(path), .mode = mode } }, .{ path, mode });
}
fn mkdirat(directory: c_int, path: Path, mode: c_uint) callconv(.c) c_int {
    const asked = core.Arguments{ .make_directory = .{ .at = at(directory, path, 0), .mode = mode } };
    return door.perform("mkdirat", OfPathModeAt, asked, .{ directory, path, mode });
}
fn rmdir(path: Path) callconv(.c) c_int {
    const asked = core.Arguments{ .remove = .{ .at = at(AT_FDCWD, path, linux.AT.REMOVEDIR) } };
    return door.perform("rmdir", OfPath, asked, .{path});
}
fn unlink(path: Path) callconv(.c) c_int {
    return door.perform("unlink", OfPath, .{ .remove = .{ .at = named(path) } }, .{path});
}
fn unlinkat(directory: c_int, path: Path, flags: c_int) callconv(.c) c_int {
    const asked = core.Arguments{ .remove = .{ .at = at(directory, path, @bitCast(flags)) } };
    return door.perform("unlinkat", UnlinkAt, asked, .{ directory, path, flags });
}

/// remove(3) is unlink or rmdir.
fn remove(path: Path) callconv(.c) c_int {
    var v: door.Visit = undefined;
    const unlinked = v.start(.{ .remove = .{ .at = named(path) } });
    defer v.end();
    return switch (unlinked) {
        .local => native.call("remove", OfPath, .{v.path(path)}),
        .value => |value| if (value == -@as(i64, @intFromEnum(linux.E.ISDIR))) rmdir(path) else native.result(c_int, value),
    };
}

fn rename(from: Path, to: Path) callconv(.c) c_int {
    const asked = core.Arguments{ .rename = .{ .from = named(from), .to = named(to), .flags = 0 } };
    return door.perform("rename", OfPaths, asked, .{ from, to });
}
fn renameat(from_directory: c_int, from: Path, to_directory: c_int, to: Path) callconv(.c) c_int {
    const asked = core.Arguments{ .rename = .{ .from = at(from_directory, from, 0), .to = at(to_directory, to, 0), .flags = 0 } };
    return door.perform("renameat", RenameAt, asked, .{ from_directory, from, to_directory, to });
}
fn renameat2(from_directory: c_int, from: Path, to_directory: c_int, to: Path, flags: c_uint) callconv(.c) c_int {
    const asked = core.Arguments{ .rename = .{ .from = at(from_directory, from, 0), .to = at(to_directory, to, 0), .flags = flags } };
    return door.perform("renameat2", WithFlagsAt, asked, .{ from_directory, from, to_directory, to, flags });
}

fn link(from: Path, to: Path) callconv(.c) c_int {
    return door.perform("link", OfPaths, .{ .link = .{ .from = named(from), .to = named(to) } }, .{ from, to });
}
fn linkat(from_directory: c_int, from: Path, to_directory: c_int, to: Path, flags: c_uint) callconv(.c) c_int {
    const asked = core.Arguments{ .link = .{ .from = at(from_directory, from, flags), .to = at(to_directory, to, 0) } };
    return door.perform("linkat", WithFlagsAt, asked, .{ from_directory, from, to_directory, to, flags });
}
// Only where the link is to stand is a path; its text stays as it is.
fn symlink(text: Path, path: Path) callconv(.c) c_int {
    return symlinkIn("symlink", OfPaths, text, AT_FDCWD, path);
}
fn symlinkat(text: Path, directory: c_int, path: Path) callconv(.c) c_int {
    return symlinkIn("symlinkat", SymlinkAt, text, directory, path);
}
fn symlinkIn(comptime name: [:0]const u8, comptime Function: type, text: Path, directory: c_int, path: Path) c_int {
    var v: door.Visit = undefined;
    defer v.end();
    const asked = core.Arguments{ .symlink = .{ .text = @intFromPtr(text), .at = at(directory, path, 0) } };
    switch (v.start(asked)) {
        .value => |value| return native.result(c_int, value),
        .local => {},
    }
    if (Function == OfPaths) return native.call(name, Function, .{ text, v.path(path) });
    return native.call(name, Function, .{ text, directory, v.path(path) });
}

fn mknod(path: Path, mode: c_uint, device: u64) callconv(.c) c_int {
    const asked = core.Arguments{ .make_node = .{ .at = named(path), .mode = mode, .device = device } };
    return door.perform("mknod", MakeNode, asked, .{ path, mode, device });
}
fn mknodat(directory: c_int, path: Path, mode: c_uint, device: u64) callconv(.c) c_int {
    const asked = core.Arguments{ .make_node = .{ .at = at(directory, path, 0), .mode = mode, .device = device } };
    return door.perform("mknodat", MakeNodeAt, asked, .{ directory, path, mode, device });
}
fn oldMknod(version: c_int, path: Path, mode: c_uint, device: *const u64) callconv(.c) c_int {
    const asked = core.Arguments{ .make_node = .{ .at = named(path), .mode = mode, .device = device.* } };
    return door.perform("__xmknod", OldMakeNode, asked, .{ version, path, mode, device });
}
fn oldMknodAt(version: c_int, directory: c_int, path: Path, mode: c_uint, device: *const u64) callconv(.c) c_int {
    const asked = core.Arguments{ .make_node = .{ .at = at(directory, path, 0), .mode = mode, .device = device.* } };
    return door.perform("__xmknodat", OldMakeNodeAt, asked, .{ version, directory, path, mode, device });
}
fn mkfifo(path: Path, mode: c_uint) callconv(.c) c_int {
    const asked = core.Arguments{ .make_node = .{ .at = named(path), .mode = mode | linux.S.IFIFO, .device = 0 } };
    return door.perform("mkfifo", OfPathMode, asked, .{ path, mode });
}
fn mkfifoat(directory: c_int, path: Path, mode: c_uint) callconv(.c) c_int {
    const place = at(directory, path, 0);
    const asked = core.Arguments{ .make_node = .{ .at = place, .mode = mode | linux.S.IFIFO, .device = 0 } };
    return door.perform("mkfifoat", OfPathModeAt, asked, .{ directory, path, mode });
}

fn truncate(comptime name: [:0]const u8) Truncate {
    return struct {
        fn hook(path: Path, size: i64) callconv(.c) c_int {
            return door.perform(name, Truncate, .{ .truncate = .{ .at = named(path), .size = size } }, .{ path, size });
        }
    }.hook;
}

/// mkdir(2) for functions that libc would call it inside of: 0 or −errno.
pub fn makeDirectory(path: Path, mode: c_uint) i64 {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (v.start(.{ .make_directory = .{ .at = named(path), .mode = mode } })) {
        .local => @as(isize, @bitCast(linux.mkdirat(AT_FDCWD, v.path(path).?, mode))),
        .value => |value| value,
    };
}

comptime {
    for (.{
        .{ "mkdir", &mkdir },         .{ "mkdirat", &mkdirat },       .{ "rmdir", &rmdir },
        .{ "unlink", &unlink },       .{ "unlinkat", &unlinkat },     .{ "remove", &remove },
        .{ "rename", &rename },       .{ "renameat", &renameat },     .{ "renameat2", &renameat2 },
        .{ "link", &link },           .{ "linkat", &linkat },         .{ "symlink", &symlink },
        .{ "symlinkat", &symlinkat }, .{ "mknod", &mknod },           .{ "mknodat", &mknodat },
        .{ "__xmknod", &oldMknod },   .{ "__xmknodat", &oldMknodAt }, .{ "mkfifo", &mkfifo },
        .{ "mkfifoat", &mkfifoat },
    }) |hook| @export(hook[1], .{ .name = hook[0] });
    for (.{ "truncate", "truncate64" }) |name| @export(truncate(name), .{ .name = name });
}

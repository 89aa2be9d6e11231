//! The xattr(7) family: by path, by path without following a link, by descriptor.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const AT_FDCWD = core.system.AT_FDCWD;
const Path = native.Path;

/// How the file is named: a path, or a descriptor.
fn Families(comptime File: type) type {
    return struct {
        const Get = *const fn (File, Path, ?*anyopaque, usize) callconv(.c) isize;
        const List = *const fn (File, ?[*]u8, usize) callconv(.c) isize;
        const Set = *const fn (File, Path, ?*const anyopaque, usize, c_int) callconv(.c) c_int;
        const Remove = *const fn (File, Path) callconv(.c) c_int;
    };
}

fn placeOf(comptime flags: u32, file: anytype) core.Place {
    if (@TypeOf(file) == c_int) return .ofDescriptor(file);
    return .{ .directory = AT_FDCWD, .path = @intFromPtr(file), .flags = flags };
}

fn family(comptime prefix: []const u8, comptime File: type, comptime flags: u32) type {
    const types = Families(File);
    return struct {
        fn get(file: File, name: Path, value: ?*anyopaque, size: usize) callconv(.c) isize {
            const asked = core.Arguments{ .get_attribute = .{
                .at = placeOf(flags, file),
                .name = @intFromPtr(name),
                .buffer = @intFromPtr(value),
                .size = size,
            } };
            return door.performOne(prefix ++ "getxattr", types.Get, asked, .{ file, name, value, size });
        }
        fn list(file: File, names: ?[*]u8, size: usize) callconv(.c) isize {
            const asked = core.Arguments{ .list_attributes = .{
                .at = placeOf(flags, file),
                .buffer = @intFromPtr(names),
                .size = size,
            } };
            return door.performOne(prefix ++ "listxattr", types.List, asked, .{ file, names, size });
        }
        fn set(file: File, name: Path, value: ?*const anyopaque, size: usize, mode: c_int) callconv(.c) c_int {
            const asked = core.Arguments{ .set_attribute = .{
                .at = placeOf(flags, file),
                .name = @intFromPtr(name),
                .value = @intFromPtr(value),
                .size = size,
                .flags = @bitCast(mode),
            } };
            return door.performOne(prefix ++ "setxattr", types.Set, asked, .{ file, name, value, size, mode });
        }
        fn remove(file: File, name: Path) callconv(.c) c_int {
            const asked = core.Arguments{
                .remove_attribute = .{ .at = placeOf(flags, file), .name = @intFromPtr(name) },
            };
            return door.performOne(prefix ++ "removexattr", types.Remove, asked, .{ file, name });
        }
    };
}

comptime {
    for (.{
        .{ "", Path, 0 },
        .{ "l", Path, linux.AT.SYMLINK_NOFOLLOW },
        .{ "f", c_int, 0 },
    }) |kind| {
        const hooks = family(kind[0], kind[1], kind[2]);
        @export(&hooks.get, .{ .name = kind[0] ++ "getxattr" });
        @export(&hooks.list, .{ .name = kind[0] ++ "listxattr" });
        @export(&hooks.set, .{ .name = kind[0] ++ "setxattr" });
        @export(&hooks.remove, .{ .name = kind[0] ++ "removexattr" });
    }
}

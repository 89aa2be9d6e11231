//! statfs(2) and statvfs(3).

const std = @import("std");
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const Path = native.Path;

const Filesystem = core.metadata.Filesystem;
const StatFs = *const fn (Path, ?*Filesystem) callconv(.c) c_int;
const DescriptorStatFs = *const fn (c_int, ?*Filesystem) callconv(.c) c_int;
const StatVfs = *const fn (Path, ?*Vfs) callconv(.c) c_int;
const DescriptorStatVfs = *const fn (c_int, ?*Vfs) callconv(.c) c_int;

/// `struct statvfs`, the same on glibc and musl.
const Vfs = extern struct {
    block_size: u64,
    fragment_size: u64,
    blocks: u64,
    blocks_free: u64,
    blocks_available: u64,
    files: u64,
    files_free: u64,
    files_available: u64,
    id: u64,
    flags: u64,
    name_limit: u64,
    spare: [6]u32 = @splat(0),
};

fn toVfs(from: *const Filesystem) Vfs {
    // The kernel marks its flags as valid by a bit that statvfs does not know.
    const valid = 0x20;
    return .{
        .block_size = from.block_size,
        .fragment_size = if (from.fragment_size != 0) from.fragment_size else from.block_size,
        .blocks = from.blocks,
        .blocks_free = from.blocks_free,
        .blocks_available = from.blocks_available,
        .files = from.files,
        .files_free = from.files_free,
        .files_available = from.files_free,
        .id = @bitCast(from.id),
        .flags = from.flags & ~@as(u64, valid),
        .name_limit = from.name_limit,
    };
}

pub fn visit(v: *door.Visit, path: Path, buffer: ?*Filesystem) door.Result {
    return v.start(.{ .stat_filesystem = .{ .path = @intFromPtr(path), .buffer = @intFromPtr(buffer) } });
}

/// Only descriptors that stand for a remote file are asked about.
pub fn visitDescriptor(v: *door.Visit, fd: c_int, buffer: ?*Filesystem) door.Result {
    return v.start(.{ .stat_filesystem_descriptor = .{ .fd = fd, .buffer = @intFromPtr(buffer) } });
}

fn statfs(comptime name: [:0]const u8) StatFs {
    return struct {
        fn hook(path: Path, buffer: ?*Filesystem) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, path, buffer)) {
                .local => native.call(name, StatFs, .{ v.path(path), buffer }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn fstatfs(comptime name: [:0]const u8) DescriptorStatFs {
    return struct {
        fn hook(fd: c_int, buffer: ?*Filesystem) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visitDescriptor(&v, fd, buffer)) {
                .local => native.call(name, DescriptorStatFs, .{ fd, buffer }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

fn statvfs(comptime name: [:0]const u8) StatVfs {
    return struct {
        fn hook(path: Path, buffer: ?*Vfs) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            var remote: Filesystem = undefined;
            switch (visit(&v, path, &remote)) {
                .local => return native.call(name, StatVfs, .{ v.path(path), buffer }),
                .value => |value| {
                    if (value == 0) buffer.?.* = toVfs(&remote);
                    return native.result(c_int, value);
                },
            }
        }
    }.hook;
}

fn fstatvfs(comptime name: [:0]const u8) DescriptorStatVfs {
    return struct {
        fn hook(fd: c_int, buffer: ?*Vfs) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            var remote: Filesystem = undefined;
            switch (visitDescriptor(&v, fd, &remote)) {
                .local => return native.call(name, DescriptorStatVfs, .{ fd, buffer }),
                .value => |value| {
                    if (value == 0) buffer.?.* = toVfs(&remote);
                    return native.result(c_int, value);
                },
            }
        }
    }.hook;
}

comptime {
    for (.{ "statfs", "statfs64" }) |name| @export(statfs(name), .{ .name = name });
    for (.{ "fstatfs", "fstatfs64" }) |name| @export(fstatfs(name), .{ .name = name });
    for (.{ "statvfs", "statvfs64" }) |name| @export(statvfs(name), .{ .name = name });
    for (.{ "fstatvfs", "fstatvfs64" }) |name| @export(fstatvfs(name), .{ .name = name });
}

test "statvfs has the size that both libcs give it" {
    try std.testing.expectEqual(@as(usize, 112), @sizeOf(Vfs));
}

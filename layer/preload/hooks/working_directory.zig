//! chdir(2) and getcwd(3): a directory of the target is entered by its shadow, and bears its name there.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const Path = native.Path;

const Change = *const fn (Path) callconv(.c) c_int;
const ChangeByDescriptor = *const fn (c_int) callconv(.c) c_int;
const AddChange = *const fn (?*anyopaque, Path) callconv(.c) c_int;
const Get = *const fn (?[*:0]u8, usize) callconv(.c) ?[*:0]u8;
const GetChecked = *const fn (?[*:0]u8, usize, usize) callconv(.c) ?[*:0]u8;
const GetAllocated = *const fn () callconv(.c) ?[*:0]u8;
const GetOld = *const fn ([*:0]u8) callconv(.c) ?[*:0]u8;

fn chdir(path: Path) callconv(.c) c_int {
    return door.perform("chdir", Change, .{ .change_directory = .{ .path = @intFromPtr(path) } }, .{path});
}

fn fchdir(fd: c_int) callconv(.c) c_int {
    return door.perform("fchdir", ChangeByDescriptor, .{ .change_to_descriptor = .{ .fd = fd } }, .{fd});
}

/// posix_spawn_file_actions_addchdir: the child changes inside libc, where no hook sees it. What can't be entered can't be
/// in the child either.
fn addChange(comptime name: [:0]const u8) AddChange {
    return struct {
        fn hook(actions: ?*anyopaque, path: Path) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            const missing = "/dev/null/none";
            return switch (v.start(.{ .change_directory = .{ .path = @intFromPtr(path) } })) {
                .local => native.call(name, AddChange, .{ actions, v.path(path) }),
                .value => native.call(name, AddChange, .{ actions, missing }),
            };
        }
    }.hook;
}

/// Puts the name of the working directory into `buffer` if it is one of the target's. The length with the NUL, or −errno;
/// null if the native function knows it.
pub fn targetName(buffer: [*]u8, size: usize) ?i64 {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (v.start(.{ .working_directory = .{ .buffer = @intFromPtr(buffer), .size = size } })) {
        .local => null,
        .value => |value| value,
    };
}

fn getcwd(buffer: ?[*:0]u8, size: usize) callconv(.c) ?[*:0]u8 {
    const given = if (buffer) |room| intoBuffer(room, size) else intoMemory(size);
    return given orelse native.call("getcwd", Get, .{ buffer, size });
}
fn getcwdChecked(buffer: ?[*:0]u8, size: usize, room: usize) callconv(.c) ?[*:0]u8 {
    const given = if (buffer) |into| intoBuffer(into, @min(size, room)) else intoMemory(size);
    return given orelse native.call("__getcwd_chk", GetChecked, .{ buffer, size, room });
}
fn getwd(buffer: [*:0]u8) callconv(.c) ?[*:0]u8 {
    return intoBuffer(buffer, core.path_limit) orelse native.call("getwd", GetOld, .{buffer});
}
fn currentDirectoryName() callconv(.c) ?[*:0]u8 {
    return intoMemory(0) orelse native.call("get_current_dir_name", GetAllocated, .{});
}

/// What a function that gives a pointer is to return; null if the native one is to be called.
const Given = ??[*:0]u8;

fn intoBuffer(buffer: [*:0]u8, size: usize) Given {
    const length = targetName(buffer, size) orelse return null;
    return if (length < 0) fail(length) else buffer;
}

/// Into memory of the program's allocator, `size` bytes or as many as are needed.
fn intoMemory(size: usize) Given {
    var name: [core.path_limit]u8 = undefined;
    const length = targetName(&name, if (size == 0) name.len else @min(size, name.len)) orelse return null;
    if (length < 0) return fail(length);
    const used: usize = @intCast(length);
    const memory = native.malloc(@max(size, used)) orelse return fail(-@as(i64, @intFromEnum(linux.E.NOMEM)));
    @memcpy(memory[0..used], name[0..used]);
    return @as(?[*:0]u8, @ptrCast(memory));
}

fn fail(result: i64) Given {
    _ = native.result(c_int, result);
    return @as(?[*:0]u8, null);
}

comptime {
    @export(&chdir, .{ .name = "chdir" });
    @export(&fchdir, .{ .name = "fchdir" });
    @export(&getcwd, .{ .name = "getcwd" });
    @export(&getcwdChecked, .{ .name = "__getcwd_chk" });
    @export(&getwd, .{ .name = "getwd" });
    @export(&currentDirectoryName, .{ .name = "get_current_dir_name" });
    for (.{ "posix_spawn_file_actions_addchdir_np", "posix_spawn_file_actions_addchdir" }) |name| {
        @export(addChange(name), .{ .name = name });
    }
}

//! chdir(2) and getcwd(3). A directory of this machine comes first: the program was started here. One that only the target
//! has is entered by its shadow.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const state = @import("../state.zig");
const Path = native.Path;

const Change = *const fn (Path) callconv(.c) c_int;
const ChangeByDescriptor = *const fn (c_int) callconv(.c) c_int;
const Get = *const fn (?[*:0]u8, usize) callconv(.c) ?[*:0]u8;
const GetChecked = *const fn (?[*:0]u8, usize, usize) callconv(.c) ?[*:0]u8;
const GetAllocated = *const fn () callconv(.c) ?[*:0]u8;
const GetOld = *const fn ([*:0]u8) callconv(.c) ?[*:0]u8;

pub fn chdir(path: Path) callconv(.c) c_int {
    if (!state.isActive()) return native.call("chdir", Change, .{path});
    const errno = native.getErrno();
    const relative = path != null and path.?[0] != '/';
    // Seen from a shadow, names of this machine lead into it.
    if (!(relative and state.session.may_stand_in_target) and native.call("chdir", Change, .{path}) == 0) return 0;
    const failure = native.getErrno();
    var v: door.Visit = undefined;
    defer v.end();
    switch (v.start(.{ .change_directory = .{ .path = @intFromPtr(path) } })) {
        .value => |value| return native.result(c_int, value),
        .local => {},
    }
    if (v.call.path == null and !relative) {
        native.setErrno(failure);
        return -1;
    }
    const result = native.call("chdir", Change, .{v.path(path)});
    if (result == 0) native.setErrno(errno);
    return result;
}

pub fn fchdir(fd: c_int) callconv(.c) c_int {
    const result = native.call("fchdir", ChangeByDescriptor, .{fd});
    if (result == 0 and state.isActive()) state.session.noteDirectory(fd);
    return result;
}

pub const limit = 4096;

/// The target's name of the working directory in `into`, if it is one of the target's.
pub fn targetName(native_name: [*:0]const u8, into: *[limit:0]u8) ?[:0]const u8 {
    const text = std.mem.span(native_name);
    if (!state.isActive() or text.len >= limit) return null;
    @memcpy(into[0 .. text.len + 1], text[0 .. text.len + 1]);
    var v: door.Visit = undefined;
    defer v.end();
    return switch (v.start(.{ .working_directory = .{ .buffer = @intFromPtr(into), .size = limit } })) {
        .local => null,
        .value => |value| if (value > 0) into[0..@intCast(value - 1) :0] else null,
    };
}

/// Replaces what libc has put into the program's buffer; without a buffer, into memory of its allocator.
fn replace(found: ?[*:0]u8, buffer: ?[*:0]u8, size: usize) ?[*:0]u8 {
    var name: [limit:0]u8 = undefined;
    const given = found orelse return null;
    const remote = targetName(given, &name) orelse return given;
    if (buffer) |room| {
        if (remote.len >= size) return fail(.RANGE);
        @memcpy(room[0 .. remote.len + 1], remote[0 .. remote.len + 1]);
        return room;
    }
    native.free(given);
    const memory = native.malloc(remote.len + 1) orelse return fail(.NOMEM);
    @memcpy(memory[0 .. remote.len + 1], remote[0 .. remote.len + 1]);
    return @ptrCast(memory);
}

fn fail(errno: linux.E) ?[*:0]u8 {
    native.setErrno(@intFromEnum(errno));
    return null;
}

fn getcwd(buffer: ?[*:0]u8, size: usize) callconv(.c) ?[*:0]u8 {
    return replace(native.call("getcwd", Get, .{ buffer, size }), buffer, size);
}
fn getcwdChecked(buffer: ?[*:0]u8, size: usize, room: usize) callconv(.c) ?[*:0]u8 {
    return replace(native.call("__getcwd_chk", GetChecked, .{ buffer, size, room }), buffer, @min(size, room));
}
fn getwd(buffer: [*:0]u8) callconv(.c) ?[*:0]u8 {
    return replace(native.call("getwd", GetOld, .{buffer}), buffer, limit);
}
fn currentDirectoryName() callconv(.c) ?[*:0]u8 {
    return replace(native.call("get_current_dir_name", GetAllocated, .{}), null, 0);
}

comptime {
    @export(&chdir, .{ .name = "chdir" });
    @export(&fchdir, .{ .name = "fchdir" });
    @export(&getcwd, .{ .name = "getcwd" });
    @export(&getcwdChecked, .{ .name = "__getcwd_chk" });
    @export(&getwd, .{ .name = "getwd" });
    @export(&currentDirectoryName, .{ .name = "get_current_dir_name" });
}

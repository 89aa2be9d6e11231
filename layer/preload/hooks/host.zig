//! The host's name: gethostname(2) and uname(2).

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const native = @import("../native.zig");
const state = @import("../state.zig");

const GetName = *const fn (?[*]u8, usize) callconv(.c) c_int;
const GetNameChecked = *const fn (?[*]u8, usize, usize) callconv(.c) c_int;
const Uname = *const fn (?*linux.utsname) callconv(.c) c_int;

fn targetName() ?[]const u8 {
    return if (state.isActive()) state.session.config.hostname else null;
}

fn gethostname(buffer: ?[*]u8, size: usize) callconv(.c) c_int {
    const name = targetName() orelse return native.call("gethostname", GetName, .{ buffer, size });
    return give(name, buffer.?, size);
}

fn gethostnameChecked(buffer: ?[*]u8, size: usize, room: usize) callconv(.c) c_int {
    const name = targetName();
    // A size beyond the buffer's is an error that libc ends the program for.
    if (name == null or size > room) return native.call("__gethostname_chk", GetNameChecked, .{ buffer, size, room });
    return give(name.?, buffer.?, size);
}

/// A name that is too long is cut; glibc then says so, musl doesn't.
fn give(name: []const u8, buffer: [*]u8, size: usize) c_int {
    const fitting = @min(name.len, size);
    @memcpy(buffer[0..fitting], name[0..fitting]);
    if (fitting < size) {
        buffer[fitting] = 0;
        return 0;
    }
    if (native.isGlibc()) {
        native.setErrno(@intFromEnum(linux.E.NAMETOOLONG));
        return -1;
    }
    if (size > 0) buffer[size - 1] = 0;
    return 0;
}

/// After a native uname.
pub fn correct(name: *linux.utsname) void {
    core.names.setNodeName(name, targetName() orelse return);
}

fn uname(buffer: ?*linux.utsname) callconv(.c) c_int {
    const result = native.call("uname", Uname, .{buffer});
    if (result == 0) correct(buffer.?);
    return result;
}

comptime {
    @export(&gethostname, .{ .name = "gethostname" });
    @export(&gethostnameChecked, .{ .name = "__gethostname_chk" });
    @export(&uname, .{ .name = "uname" });
}

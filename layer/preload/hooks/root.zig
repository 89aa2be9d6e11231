//! chroot(2): paths mean another tree afterwards, which the program has chosen on this machine; the target's files lie in
//! the old one.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const native = @import("../native.zig");
const process = @import("../process.zig");
const state = @import("../state.zig");
const system = core.system;

pub fn chroot(path: native.Path) callconv(.c) c_int {
    const before = root();
    const result = native.call("chroot", *const fn (native.Path) callconv(.c) c_int, .{path});
    if (result == 0 and before != null and !std.meta.eql(before, root())) leaveFiles();
    return result;
}

/// Device and inode of the root directory.
fn root() ?[2]u64 {
    var stat: linux.Stat = undefined;
    return if (system.fstatat(system.AT_FDCWD, "/", &stat, 0) < 0) null else .{ stat.dev, stat.ino };
}

/// A vfork child stands in its parent's memory, and executes something soon: it must leave this alone.
fn leaveFiles() void {
    if (!state.isActive() or process.standing(system.pid()) == .foreign) return;
    state.session.config.files_mode = 0;
}

comptime {
    @export(&chroot, .{ .name = "chroot" });
}

//! posix_spawn_file_actions_addopen(3): the child would open the file inside libc, where no hook sees it. A remote file is
//! opened when it is added, and the child gets the descriptor.

const std = @import("std");
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const opening = @import("opening.zig");
const system = core.system;
const AT_FDCWD = system.AT_FDCWD;
const Path = native.Path;

const Actions = ?*anyopaque;
const AddOpen = *const fn (Actions, c_int, Path, c_int, c_uint) callconv(.c) c_int;
const AddDuplicate = *const fn (Actions, c_int, c_int) callconv(.c) c_int;
const Destroy = *const fn (Actions) callconv(.c) c_int;

/// Descriptors kept for lists of actions that were not yet destroyed. `owner` 0 = free.
const Kept = struct { owner: usize = 0, fd: i32 = -1 };
var kept: [64]Kept = @splat(.{});

fn keep(actions: Actions, fd: i32) bool {
    for (&kept) |*entry| {
        // The descriptor is written before the owner: whoever destroys the list must find it.
        if (@cmpxchgStrong(usize, &entry.owner, 0, claimed, .acq_rel, .acquire) != null) continue;
        entry.fd = fd;
        @atomicStore(usize, &entry.owner, @intFromPtr(actions), .release);
        return true;
    }
    return false;
}

const claimed = 1;

fn addOpen(actions: Actions, fd: c_int, path: Path, flags: c_int, mode: c_uint) callconv(.c) c_int {
    const name = "posix_spawn_file_actions_addopen";
    var v: door.Visit = undefined;
    defer v.end();
    const opened = switch (opening.visit(&v, AT_FDCWD, path, flags | @as(c_int, @bitCast(system.O.CLOEXEC)), mode)) {
        .local => return native.call(name, AddOpen, .{ actions, fd, v.path(path), flags, mode }),
        .value => |value| value,
    };
    // The spawn is what fails, as it would have.
    if (opened < 0) return native.call(name, AddOpen, .{ actions, fd, "/dev/null/", flags, mode });
    const low: i32 = @intCast(opened);
    const high = system.duplicateHigh(low) orelse low;
    if (high != low) system.close(low);
    if (!keep(actions, high)) {
        system.close(high);
        return @intFromEnum(std.os.linux.E.NOMEM);
    }
    return native.call("posix_spawn_file_actions_adddup2", AddDuplicate, .{ actions, high, fd });
}

fn destroy(actions: Actions) callconv(.c) c_int {
    for (&kept) |*entry| {
        if (@atomicLoad(usize, &entry.owner, .acquire) != @intFromPtr(actions)) continue;
        system.close(entry.fd);
        @atomicStore(usize, &entry.owner, 0, .release);
    }
    return native.call("posix_spawn_file_actions_destroy", Destroy, .{actions});
}

comptime {
    @export(&addOpen, .{ .name = "posix_spawn_file_actions_addopen" });
    @export(&destroy, .{ .name = "posix_spawn_file_actions_destroy" });
}

test "descriptors are kept until there is no room" {
    const owner: Actions = @ptrFromInt(0x1000);
    defer kept = @splat(.{});
    for (0..kept.len) |i| try std.testing.expect(keep(owner, @intCast(i)));
    try std.testing.expect(!keep(owner, 7));
    kept[3].owner = 0;
    try std.testing.expect(keep(owner, 9));
    try std.testing.expectEqual(@as(i32, 9), kept[3].fd);
}

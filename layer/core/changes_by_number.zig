//! System calls that change files, and those of extended attributes, as the core's arguments.
const std = @import("std");
const linux = std.os.linux;
const core = @import("call.zig");

const Place = core.Place;
const Words = [5]u64;
const no_follow: u32 = linux.AT.SYMLINK_NOFOLLOW;

/// The calls of every architecture.
pub const calls = [_]linux.SYS{
    .mkdirat,      .unlinkat,  .renameat2, .linkat,    .symlinkat,         .mknodat,    .truncate,    .fchmod,
    .fchmodat,     .fchmodat2, .fchown,    .fchownat,  .utimensat,         .setxattr,   .lsetxattr,   .fsetxattr,
    .getxattr,     .lgetxattr, .fgetxattr, .listxattr, .llistxattr,        .flistxattr, .removexattr, .lremovexattr,
    .fremovexattr, .fsync,     .fdatasync, .renameat,  .inotify_add_watch,
};
/// Those that only x86_64's table has.
pub const old_calls = [_]linux.SYS{
    .mkdir, .rmdir, .unlink, .rename, .link, .symlink, .mknod, .chmod, .chown, .lchown, .utime, .utimes, .futimesat,
};

/// Of kernel 6.13: the attributes of what a directory holds. Whoever uses them can do without, on older kernels.
pub const refused_calls = [_]linux.SYS{ .setxattrat, .getxattrat, .listxattrat, .removexattrat };

/// Null for other calls.
pub fn arguments(call: linux.SYS, a: Words, caller: core.Caller) core.Error!?core.Arguments {
    return switch (call) {
        .mkdirat => .{ .make_directory = .{ .at = at(a[0], a[1], 0), .mode = word(a[2]) } },
        .unlinkat => .{ .remove = .{ .at = at(a[0], a[1], a[2]) } },
        .renameat => .{ .rename = .{ .from = at(a[0], a[1], 0), .to = at(a[2], a[3], 0), .flags = 0 } },
        .renameat2 => .{ .rename = .{ .from = at(a[0], a[1], 0), .to = at(a[2], a[3], 0), .flags = word(a[4]) } },
        .linkat => .{ .link = .{ .from = at(a[0], a[1], a[4]), .to = at(a[2], a[3], 0) } },
        .symlinkat => .{ .symlink = .{ .text = a[0], .at = at(a[1], a[2], 0) } },
        .mknodat => .{ .make_node = .{ .at = at(a[0], a[1], 0), .mode = word(a[2]), .device = a[3] } },
        .truncate => .{ .truncate = .{ .at = named(a[0], 0), .size = @bitCast(a[1]) } },
        .fchmod => .{ .change_mode = .{ .at = open(a[0]), .mode = word(a[1]) } },
        .fchmodat => .{ .change_mode = .{ .at = at(a[0], a[1], 0), .mode = word(a[2]) } },
        .fchmodat2 => .{ .change_mode = .{ .at = at(a[0], a[1], a[3]), .mode = word(a[2]) } },
        .fchown => .{ .change_owner = .{ .at = open(a[0]), .uid = word(a[1]), .gid = word(a[2]) } },
        .fchownat => .{ .change_owner = .{ .at = at(a[0], a[1], a[4]), .uid = word(a[2]), .gid = word(a[3]) } },
        .utimensat => .{ .set_times = .{ .at = at(a[0], a[1], a[3]), .times = try times(linux.timespec, a[2], caller) } },
        .fsync => .{ .flush = .{ .fd = descriptor(a[0]), .purpose = .all } },
        .fdatasync => .{ .flush = .{ .fd = descriptor(a[0]), .purpose = .data } },
        else => attributeArguments(call, a) orelse oldArguments(call, a, caller),
    };
}

fn attributeArguments(call: linux.SYS, a: Words) ?core.Arguments {
    const place = switch (call) {
        .fsetxattr, .fgetxattr, .flistxattr, .fremovexattr => open(a[0]),
        .lsetxattr, .lgetxattr, .llistxattr, .lremovexattr => named(a[0], no_follow),
        else => named(a[0], 0),
    };
    return switch (call) {
        .setxattr, .lsetxattr, .fsetxattr => .{
            .set_attribute = .{ .at = place, .name = a[1], .value = a[2], .size = a[3], .flags = word(a[4]) },
        },
        .getxattr, .lgetxattr, .fgetxattr => .{
            .get_attribute = .{ .at = place, .name = a[1], .buffer = a[2], .size = a[3] },
        },
        .listxattr, .llistxattr, .flistxattr => .{ .list_attributes = .{ .at = place, .buffer = a[1], .size = a[2] } },
        .removexattr, .lremovexattr, .fremovexattr => .{ .remove_attribute = .{ .at = place, .name = a[1] } },
        else => null,
    };
}

fn oldArguments(call: linux.SYS, a: Words, caller: core.Caller) core.Error!?core.Arguments {
    if (!@hasField(linux.SYS, "mkdir")) return null;
    return switch (call) {
        .mkdir => .{ .make_directory = .{ .at = named(a[0], 0), .mode = word(a[1]) } },
        .rmdir => .{ .remove = .{ .at = named(a[0], linux.AT.REMOVEDIR) } },
        .unlink => .{ .remove = .{ .at = named(a[0], 0) } },
        .rename => .{ .rename = .{ .from = named(a[0], 0), .to = named(a[1], 0), .flags = 0 } },
        .link => .{ .link = .{ .from = named(a[0], 0), .to = named(a[1], 0) } },
        .symlink => .{ .symlink = .{ .text = a[0], .at = named(a[1], 0) } },
        .mknod => .{ .make_node = .{ .at = named(a[0], 0), .mode = word(a[1]), .device = a[2] } },
        .chmod => .{ .change_mode = .{ .at = named(a[0], 0), .mode = word(a[1]) } },
        .chown => .{ .change_owner = .{ .at = named(a[0], 0), .uid = word(a[1]), .gid = word(a[2]) } },
        .lchown => .{ .change_owner = .{ .at = named(a[0], no_follow), .uid = word(a[1]), .gid = word(a[2]) } },
        .utime => .{ .set_times = .{ .at = named(a[0], 0), .times = try seconds(a[1], caller) } },
        .utimes => .{ .set_times = .{ .at = named(a[0], 0), .times = try times(linux.timeval, a[1], caller) } },
        .futimesat => .{
            .set_times = .{ .at = at(a[0], a[1], 0), .times = try times(linux.timeval, a[2], caller) },
        },
        else => null,
    };
}

fn at(directory: u64, path: u64, flags: u64) Place {
    return .{ .directory = descriptor(directory), .path = path, .flags = word(flags) };
}

fn named(path: u64, flags: u32) Place {
    return .{ .path = path, .flags = flags };
}

fn open(fd: u64) Place {
    return Place.ofDescriptor(descriptor(fd));
}

/// Access and modification time in the caller's memory; null if none are given.
fn times(comptime Unit: type, address: usize, caller: core.Caller) core.Error!?[2]linux.timespec {
    if (address == 0) return null;
    const given = try caller.load([2]Unit, address);
    if (Unit == linux.timespec) return given;
    return .{
        .{ .sec = given[0].sec, .nsec = given[0].usec * 1000 },
        .{ .sec = given[1].sec, .nsec = given[1].usec * 1000 },
    };
}

/// `struct utimbuf`.
fn seconds(address: usize, caller: core.Caller) core.Error!?[2]linux.timespec {
    if (address == 0) return null;
    const given = try caller.load([2]isize, address);
    return .{ .{ .sec = given[0], .nsec = 0 }, .{ .sec = given[1], .nsec = 0 } };
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

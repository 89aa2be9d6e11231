//! i386's calls that change files. Most are x86_64's under another number; others have numbers of 16 bits, an offset in two
//! words, or times of 32 bits.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");

const Call = linux.syscalls.X86;
const Words = [5]u64;

pub const calls = [_]Call{
    .mkdir,      .mkdirat,     .rmdir,        .unlink,       .unlinkat,  .rename,    .renameat,  .renameat2,
    .link,       .linkat,      .symlink,      .symlinkat,    .mknod,     .mknodat,   .chmod,     .fchmod,
    .fchmodat,   .fchmodat2,   .chown,        .lchown,       .fchown,    .chown32,   .lchown32,  .fchown32,
    .fchownat,   .truncate,    .truncate64,   .utime,        .utimes,    .futimesat, .utimensat, .utimensat_time64,
    .setxattr,   .lsetxattr,   .fsetxattr,    .getxattr,     .lgetxattr, .fgetxattr, .listxattr, .llistxattr,
    .flistxattr, .removexattr, .lremovexattr, .fremovexattr, .fsync,     .fdatasync,
};

/// Null for other calls.
pub fn arguments(call: Call, a: Words, caller: core.Caller) core.Error!?core.Arguments {
    return switch (call) {
        .truncate => truncate(a[0], @as(i32, @bitCast(word(a[1])))),
        .truncate64 => truncate(a[0], @bitCast(a[1] | a[2] << 32)),
        .chown => asWide(.chown, .{ a[0], wideId(a[1]), wideId(a[2]), 0, 0 }, caller),
        .lchown => asWide(.lchown, .{ a[0], wideId(a[1]), wideId(a[2]), 0, 0 }, caller),
        .fchown => asWide(.fchown, .{ a[0], wideId(a[1]), wideId(a[2]), 0, 0 }, caller),
        .chown32 => asWide(.chown, a, caller),
        .lchown32 => asWide(.lchown, a, caller),
        .fchown32 => asWide(.fchown, a, caller),
        .utime => setTimes(.{ .path = a[0] }, try seconds(a[1], caller)),
        .utimes => setTimes(.{ .path = a[0] }, try times(i32, 1000, a[1], caller)),
        .futimesat => setTimes(.{ .directory = descriptor(a[0]), .path = a[1] }, try times(i32, 1000, a[2], caller)),
        .utimensat => setTimes(placeOf(a), try times(i32, 1, a[2], caller)),
        .utimensat_time64 => setTimes(placeOf(a), try times(i64, 1, a[2], caller)),
        else => sameName(call, a, caller),
    };
}

/// The calls whose words mean the same in both tables.
fn sameName(call: Call, a: Words, caller: core.Caller) core.Error!?core.Arguments {
    @setEvalBranchQuota(10_000);
    inline for (calls) |known| {
        if (comptime @hasField(linux.SYS, @tagName(known))) {
            if (call == known) return asWide(@field(linux.SYS, @tagName(known)), a, caller);
        }
    }
    return null;
}

fn asWide(call: linux.SYS, a: Words, caller: core.Caller) core.Error!?core.Arguments {
    return core.changes.arguments(call, a, caller);
}

fn truncate(path: u64, size: i64) core.Arguments {
    return .{ .truncate = .{ .at = .{ .path = path }, .size = size } };
}

fn setTimes(at: core.Place, given: ?[2]linux.timespec) core.Arguments {
    return .{ .set_times = .{ .at = at, .times = given } };
}

fn placeOf(a: Words) core.Place {
    return .{ .directory = descriptor(a[0]), .path = a[1], .flags = word(a[3]) };
}

/// Pairs of seconds and a part of them, of `unit_ns` each; null if none are given.
fn times(comptime Number: type, unit_ns: isize, at: usize, caller: core.Caller) core.Error!?[2]linux.timespec {
    if (at == 0) return null;
    const given = try caller.load([2][2]Number, at);
    var wide: [2]linux.timespec = undefined;
    // Of 64 bits for a part of a second a 32-bit program means the lower half.
    for (given, &wide) |pair, *to| to.* = .{ .sec = pair[0], .nsec = @as(i32, @truncate(pair[1])) * unit_ns };
    return wide;
}

/// `struct utimbuf`.
fn seconds(at: usize, caller: core.Caller) core.Error!?[2]linux.timespec {
    if (at == 0) return null;
    const given = try caller.load([2]i32, at);
    return .{ .{ .sec = given[0], .nsec = 0 }, .{ .sec = given[1], .nsec = 0 } };
}

/// An identity of 16 bits; "leave it" has all of them set.
fn wideId(value: u64) u64 {
    const short: u16 = @truncate(value);
    return if (short == std.math.maxInt(u16)) std.math.maxInt(u32) else short;
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

test "identities of 16 bits, and times of 32" {
    try std.testing.expectEqual(1000, wideId(1000));
    try std.testing.expectEqual(std.math.maxInt(u32), wideId(0xffff));
    for (calls) |call| try std.testing.expect(std.meta.intToEnum(Call, @intFromEnum(call)) catch null != null);
}

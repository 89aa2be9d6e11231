//! Calls that change a file's mode, owner and times.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const AT_FDCWD = core.system.AT_FDCWD;
const Path = native.Path;

const Mode = *const fn (Path, c_uint) callconv(.c) c_int;
const DescriptorMode = *const fn (c_int, c_uint) callconv(.c) c_int;
const ModeAt = *const fn (c_int, Path, c_uint, c_int) callconv(.c) c_int;
const Owner = *const fn (Path, c_uint, c_uint) callconv(.c) c_int;
const DescriptorOwner = *const fn (c_int, c_uint, c_uint) callconv(.c) c_int;
const OwnerAt = *const fn (c_int, Path, c_uint, c_uint, c_int) callconv(.c) c_int;
const Seconds = ?*const [2]isize;
const Microseconds = ?*const [2]linux.timeval;
const Nanoseconds = ?*const [2]linux.timespec;
const Utime = *const fn (Path, Seconds) callconv(.c) c_int;
const Utimes = *const fn (Path, Microseconds) callconv(.c) c_int;
const DescriptorUtimes = *const fn (c_int, Microseconds) callconv(.c) c_int;
const UtimesAt = *const fn (c_int, Path, Microseconds) callconv(.c) c_int;
const DescriptorNanoseconds = *const fn (c_int, Nanoseconds) callconv(.c) c_int;
const NanosecondsAt = *const fn (c_int, Path, Nanoseconds, c_int) callconv(.c) c_int;

const no_follow = linux.AT.SYMLINK_NOFOLLOW;

fn at(directory: c_int, path: Path, flags: c_int) core.Place {
    return .{ .directory = directory, .path = @intFromPtr(path), .flags = @bitCast(flags) };
}

fn chmod(comptime name: [:0]const u8, comptime flags: c_int) Mode {
    return struct {
        fn hook(path: Path, mode: c_uint) callconv(.c) c_int {
            return door.perform(name, Mode, .{ .change_mode = .{ .at = at(AT_FDCWD, path, flags), .mode = mode } }, .{ path, mode });
        }
    }.hook;
}
fn fchmod(fd: c_int, mode: c_uint) callconv(.c) c_int {
    const asked = core.Arguments{ .change_mode = .{ .at = .ofDescriptor(fd), .mode = mode } };
    return door.perform("fchmod", DescriptorMode, asked, .{ fd, mode });
}
fn fchmodat(directory: c_int, path: Path, mode: c_uint, flags: c_int) callconv(.c) c_int {
    const asked = core.Arguments{ .change_mode = .{ .at = at(directory, path, flags), .mode = mode } };
    return door.perform("fchmodat", ModeAt, asked, .{ directory, path, mode, flags });
}

fn chown(comptime name: [:0]const u8, comptime flags: c_int) Owner {
    return struct {
        fn hook(path: Path, uid: c_uint, gid: c_uint) callconv(.c) c_int {
            const place = at(AT_FDCWD, path, flags);
            return door.perform(name, Owner, .{ .change_owner = .{ .at = place, .uid = uid, .gid = gid } }, .{ path, uid, gid });
        }
    }.hook;
}
fn fchown(fd: c_int, uid: c_uint, gid: c_uint) callconv(.c) c_int {
    const asked = core.Arguments{ .change_owner = .{ .at = .ofDescriptor(fd), .uid = uid, .gid = gid } };
    return door.perform("fchown", DescriptorOwner, asked, .{ fd, uid, gid });
}
fn fchownat(directory: c_int, path: Path, uid: c_uint, gid: c_uint, flags: c_int) callconv(.c) c_int {
    const asked = core.Arguments{ .change_owner = .{ .at = at(directory, path, flags), .uid = uid, .gid = gid } };
    return door.perform("fchownat", OwnerAt, asked, .{ directory, path, uid, gid, flags });
}

fn fromSeconds(times: Seconds) ?[2]linux.timespec {
    const given = times orelse return null;
    return .{ .{ .sec = given[0], .nsec = 0 }, .{ .sec = given[1], .nsec = 0 } };
}
fn fromMicroseconds(times: Microseconds) ?[2]linux.timespec {
    const given = times orelse return null;
    return .{
        .{ .sec = given[0].sec, .nsec = given[0].usec * 1000 },
        .{ .sec = given[1].sec, .nsec = given[1].usec * 1000 },
    };
}
fn fromNanoseconds(times: Nanoseconds) ?[2]linux.timespec {
    return (times orelse return null).*;
}

fn utime(path: Path, times: Seconds) callconv(.c) c_int {
    const asked = core.Arguments{ .set_times = .{ .at = at(AT_FDCWD, path, 0), .times = fromSeconds(times) } };
    return door.perform("utime", Utime, asked, .{ path, times });
}
fn utimes(comptime name: [:0]const u8, comptime flags: c_int) Utimes {
    return struct {
        fn hook(path: Path, times: Microseconds) callconv(.c) c_int {
            const place = at(AT_FDCWD, path, flags);
            const asked = core.Arguments{ .set_times = .{ .at = place, .times = fromMicroseconds(times) } };
            return door.perform(name, Utimes, asked, .{ path, times });
        }
    }.hook;
}
fn futimes(fd: c_int, times: Microseconds) callconv(.c) c_int {
    const asked = core.Arguments{ .set_times = .{ .at = .ofDescriptor(fd), .times = fromMicroseconds(times) } };
    return door.perform("futimes", DescriptorUtimes, asked, .{ fd, times });
}
fn futimesat(directory: c_int, path: Path, times: Microseconds) callconv(.c) c_int {
    const asked = core.Arguments{ .set_times = .{ .at = at(directory, path, 0), .times = fromMicroseconds(times) } };
    return door.perform("futimesat", UtimesAt, asked, .{ directory, path, times });
}
fn futimens(fd: c_int, times: Nanoseconds) callconv(.c) c_int {
    const asked = core.Arguments{ .set_times = .{ .at = .ofDescriptor(fd), .times = fromNanoseconds(times) } };
    return door.perform("futimens", DescriptorNanoseconds, asked, .{ fd, times });
}
fn utimensat(directory: c_int, path: Path, times: Nanoseconds, flags: c_int) callconv(.c) c_int {
    const place = at(directory, path, flags);
    const asked = core.Arguments{ .set_times = .{ .at = place, .times = fromNanoseconds(times) } };
    return door.perform("utimensat", NanosecondsAt, asked, .{ directory, path, times, flags });
}

comptime {
    @export(chmod("chmod", 0), .{ .name = "chmod" });
    @export(chmod("lchmod", no_follow), .{ .name = "lchmod" });
    @export(&fchmod, .{ .name = "fchmod" });
    @export(&fchmodat, .{ .name = "fchmodat" });
    @export(chown("chown", 0), .{ .name = "chown" });
    @export(chown("lchown", no_follow), .{ .name = "lchown" });
    @export(&fchown, .{ .name = "fchown" });
    @export(&fchownat, .{ .name = "fchownat" });
    @export(&utime, .{ .name = "utime" });
    @export(utimes("utimes", 0), .{ .name = "utimes" });
    @export(utimes("lutimes", no_follow), .{ .name = "lutimes" });
    @export(&futimes, .{ .name = "futimes" });
    @export(&futimesat, .{ .name = "futimesat" });
    @export(&futimens, .{ .name = "futimens" });
    @export(&utimensat, .{ .name = "utimensat" });
}

test "times in every unit" {
    try std.testing.expectEqual(@as(isize, 7000), fromMicroseconds(&.{ .{ .sec = 1, .usec = 7 }, .{ .sec = 2, .usec = 8 } }).?[0].nsec);
    try std.testing.expectEqual(@as(isize, 9), fromSeconds(&.{ 5, 9 }).?[1].sec);
    try std.testing.expect(fromNanoseconds(null) == null);
}

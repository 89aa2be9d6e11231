//! A file's metadata from the target, in the structures of the system calls.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const Timestamp = protocol.Timestamp;

/// `struct stat` of this architecture.
pub fn stat(from: protocol.Stat) linux.Stat {
    var to = std.mem.zeroes(linux.Stat);
    to.dev = from.device;
    to.ino = from.inode;
    to.mode = from.mode;
    to.nlink = from.links;
    to.uid = from.uid;
    to.gid = from.gid;
    to.rdev = from.special_device;
    to.size = @intCast(@min(from.size, std.math.maxInt(i64)));
    to.blksize = @intCast(from.block_size);
    to.blocks = @intCast(@min(from.blocks, std.math.maxInt(i64)));
    to.atim = timespec(from.accessed);
    to.mtim = timespec(from.modified);
    to.ctim = timespec(from.changed);
    return to;
}

/// `struct statx`. Everything that is known is filled in, whatever was asked for.
pub fn statx(from: protocol.Stat) linux.Statx {
    var to = std.mem.zeroes(linux.Statx);
    to.mask = linux.STATX_BASIC_STATS | if (from.born != null) @as(u32, linux.STATX_BTIME) else 0;
    to.blksize = from.block_size;
    to.nlink = from.links;
    to.uid = from.uid;
    to.gid = from.gid;
    to.mode = @truncate(from.mode);
    to.ino = from.inode;
    to.size = from.size;
    to.blocks = from.blocks;
    to.atime = statxTime(from.accessed);
    to.mtime = statxTime(from.modified);
    to.ctime = statxTime(from.changed);
    if (from.born) |born| to.btime = statxTime(born);
    to.rdev_major = major(from.special_device);
    to.rdev_minor = minor(from.special_device);
    to.dev_major = major(from.device);
    to.dev_minor = minor(from.device);
    return to;
}

/// `struct statfs` of the 64-bit architectures.
pub const Filesystem = extern struct {
    type: u64,
    block_size: u64,
    blocks: u64,
    blocks_free: u64,
    blocks_available: u64,
    files: u64,
    files_free: u64,
    id: [2]u32 = .{ 0, 0 },
    name_limit: u64,
    fragment_size: u64,
    flags: u64,
    spare: [4]u64 = @splat(0),
};

pub fn filesystem(from: protocol.FilesystemStat) Filesystem {
    return .{
        .type = from.type,
        .block_size = from.block_size,
        .blocks = from.blocks,
        .blocks_free = from.blocks_free,
        .blocks_available = from.blocks_available,
        .files = from.files,
        .files_free = from.files_free,
        .name_limit = from.name_limit,
        .fragment_size = from.fragment_size,
        .flags = from.flags,
    };
}

fn timespec(from: Timestamp) linux.timespec {
    return .{ .sec = from.seconds, .nsec = @intCast(from.nanoseconds) };
}

fn statxTime(from: Timestamp) linux.statx_timestamp {
    return .{ .sec = from.seconds, .nsec = from.nanoseconds, .__pad1 = 0 };
}

/// The parts of a `dev_t` as user space encodes it.
fn major(device: u64) u32 {
    return @truncate(((device >> 8) & 0xfff) | ((device >> 32) & ~@as(u64, 0xfff)));
}
fn minor(device: u64) u32 {
    return @truncate((device & 0xff) | ((device >> 12) & ~@as(u64, 0xff)));
}

const testing = std.testing;

const sample = protocol.Stat{
    .device = 0x1234_0005_6789_ab12,
    .inode = 77,
    .mode = 0o100640,
    .links = 2,
    .uid = 1000,
    .gid = 1001,
    .special_device = 0x0805,
    .size = 1 << 40,
    .block_size = 4096,
    .blocks = 9,
    .accessed = .{ .seconds = -5, .nanoseconds = 1 },
    .modified = .{ .seconds = 1700000000, .nanoseconds = 999999999 },
    .changed = .{ .seconds = 3, .nanoseconds = 4 },
    .born = null,
};

test "stat keeps every field" {
    const to = stat(sample);
    try testing.expectEqual(@as(u64, 77), to.ino);
    try testing.expectEqual(@as(i64, 1 << 40), to.size);
    try testing.expectEqual(@as(isize, -5), to.atim.sec);
    try testing.expectEqual(@as(isize, 999999999), to.mtim.nsec);
    try testing.expectEqual(@as(u32, 0o100640), to.mode);
}

test "statx splits devices and tells whether the birth is known" {
    var with = sample;
    try testing.expectEqual(@as(u32, 0), statx(with).mask & linux.STATX_BTIME);
    try testing.expectEqual(@as(u32, 8), statx(with).rdev_major);
    try testing.expectEqual(@as(u32, 5), statx(with).rdev_minor);
    with.born = .{ .seconds = 6, .nanoseconds = 7 };
    try testing.expect(statx(with).mask & linux.STATX_BTIME != 0);
    try testing.expectEqual(@as(i64, 6), statx(with).btime.sec);
}

test "the kernel's structures have their sizes" {
    try testing.expectEqual(@as(usize, 120), @sizeOf(Filesystem));
    try testing.expectEqual(@as(usize, 256), @sizeOf(linux.Statx));
}

//! Metadata as the structures of a call table: that of this architecture, and i386's, whose numbers are narrower and stand
//! at multiples of 4. What does not fit there is EOVERFLOW, as the kernel has it.

const std = @import("std");
const linux = std.os.linux;
const calls = @import("call.zig");
const metadata = @import("metadata.zig");

const put = std.mem.writeInt;
const too_large = -@as(i64, @intFromEnum(linux.E.OVERFLOW));

/// Writes a file's metadata into the caller's memory. Returns 0 or −EOVERFLOW. Not for statx, whose structure is one.
pub fn giveStat(caller: calls.Caller, at: usize, from: *const linux.Stat, layout: calls.StatLayout) calls.Error!i64 {
    switch (layout) {
        .stat => try caller.write(at, std.mem.asBytes(from)),
        .stat64 => try caller.write(at, &stat64(from)),
        .stat32 => try caller.write(at, &(stat32(from) orelse return too_large)),
        .statx => unreachable,
    }
    return 0;
}

/// The same of a file system.
pub fn giveFilesystem(
    caller: calls.Caller,
    at: usize,
    from: *const metadata.Filesystem,
    layout: calls.FilesystemLayout,
) calls.Error!i64 {
    switch (layout) {
        .statfs => try caller.write(at, std.mem.asBytes(from)),
        .statfs64 => try caller.write(at, std.mem.asBytes(&numbers(u64, from).?)),
        .statfs32 => try caller.write(at, std.mem.asBytes(&(numbers(u32, from) orelse return too_large))),
    }
    return 0;
}

/// `struct stat64` of i386.
fn stat64(from: *const linux.Stat) [96]u8 {
    var to: [96]u8 = @splat(0);
    put(u64, to[0..8], from.dev, .little);
    put(u32, to[12..16], @truncate(from.ino), .little);
    put(u32, to[16..20], @intCast(from.mode), .little);
    put(u32, to[20..24], @truncate(from.nlink), .little);
    put(u32, to[24..28], from.uid, .little);
    put(u32, to[28..32], from.gid, .little);
    put(u64, to[32..40], from.rdev, .little);
    put(i64, to[44..52], from.size, .little);
    put(u32, to[52..56], @intCast(from.blksize), .little);
    put(i64, to[56..64], from.blocks, .little);
    putTimes(to[64..88], from);
    put(u64, to[88..96], from.ino, .little);
    return to;
}

/// `struct stat` of i386, whose identities have 16 bits; null if the size or the inode do not fit.
fn stat32(from: *const linux.Stat) ?[64]u8 {
    if (from.size > std.math.maxInt(i32) or from.ino > std.math.maxInt(u32)) return null;
    var to: [64]u8 = @splat(0);
    put(u32, to[0..4], @truncate(from.dev), .little);
    put(u32, to[4..8], @truncate(from.ino), .little);
    put(u16, to[8..10], @truncate(from.mode), .little);
    put(u16, to[10..12], @truncate(from.nlink), .little);
    put(u16, to[12..14], shortId(from.uid), .little);
    put(u16, to[14..16], shortId(from.gid), .little);
    put(u32, to[16..20], @truncate(from.rdev), .little);
    put(u32, to[20..24], @intCast(from.size), .little);
    put(u32, to[24..28], @intCast(from.blksize), .little);
    put(u32, to[28..32], @truncate(@as(u64, @bitCast(from.blocks))), .little);
    putTimes(to[32..56], from);
    return to;
}

/// Who does not fit is the overflow identity.
fn shortId(id: u32) u16 {
    return if (id > std.math.maxInt(u16)) 65534 else @intCast(id);
}

fn putTimes(to: *[24]u8, from: *const linux.Stat) void {
    for ([_]linux.timespec{ from.atim, from.mtim, from.ctim }, 0..) |time, i| {
        put(i32, to[8 * i ..][0..4], @truncate(time.sec), .little);
        put(u32, to[4 + 8 * i ..][0..4], @intCast(time.nsec), .little);
    }
}

/// `struct statfs` (`Count` = u32) and `struct statfs64` of i386; null if a number does not fit.
fn numbers(comptime Count: type, from: *const metadata.Filesystem) ?Filesystem(Count) {
    const sizes = from.block_size | from.fragment_size | from.blocks | from.blocks_free | from.blocks_available;
    const files = from.files | from.files_free;
    if (sizes > std.math.maxInt(Count) or files > std.math.maxInt(Count)) return null;
    return .{
        .type = @truncate(from.type),
        .block_size = @truncate(from.block_size),
        .blocks = @intCast(from.blocks),
        .blocks_free = @intCast(from.blocks_free),
        .blocks_available = @intCast(from.blocks_available),
        .files = @intCast(from.files),
        .files_free = @intCast(from.files_free),
        .id = from.id,
        .name_limit = @truncate(from.name_limit),
        .fragment_size = @truncate(from.fragment_size),
        .flags = @truncate(from.flags),
    };
}

fn Filesystem(comptime Count: type) type {
    return extern struct {
        type: u32,
        block_size: u32,
        blocks: Count align(4),
        blocks_free: Count align(4),
        blocks_available: Count align(4),
        files: Count align(4),
        files_free: Count align(4),
        id: [2]u32,
        name_limit: u32,
        fragment_size: u32,
        flags: u32,
        spare: [4]u32 = @splat(0),
    };
}

const testing = std.testing;

fn sample() linux.Stat {
    var stat = std.mem.zeroes(linux.Stat);
    stat.ino = 77;
    stat.mode = 0o100640;
    stat.uid = 70_000;
    stat.size = 1 << 30;
    stat.atim = .{ .sec = -5, .nsec = 1 };
    stat.mtim = .{ .sec = 1_700_000_000, .nsec = 999_999_999 };
    return stat;
}

test "i386's structures keep every field at its place" {
    var from = sample();
    const old = stat32(&from).?;
    try testing.expectEqual(@as(u16, 0o100640), std.mem.readInt(u16, old[8..10], .little));
    try testing.expectEqual(@as(u16, 65534), std.mem.readInt(u16, old[12..14], .little));
    try testing.expectEqual(@as(u32, 1 << 30), std.mem.readInt(u32, old[20..24], .little));
    try testing.expectEqual(@as(i32, 1_700_000_000), std.mem.readInt(i32, old[40..44], .little));
    from.size = 1 << 40;
    try testing.expectEqual(null, stat32(&from));
    const to = stat64(&from);
    try testing.expectEqual(@as(i64, 1 << 40), std.mem.readInt(i64, to[44..52], .little));
    try testing.expectEqual(@as(u32, 0o100640), std.mem.readInt(u32, to[16..20], .little));
    try testing.expectEqual(@as(i32, -5), std.mem.readInt(i32, to[64..68], .little));
    try testing.expectEqual(@as(i32, 1_700_000_000), std.mem.readInt(i32, to[72..76], .little));
    try testing.expectEqual(@as(u64, 77), std.mem.readInt(u64, to[88..96], .little));
}

test "a file system's numbers fit, or are refused" {
    try testing.expectEqual(64, @sizeOf(Filesystem(u32)));
    try testing.expectEqual(84, @sizeOf(Filesystem(u64)));
    var from = std.mem.zeroes(metadata.Filesystem);
    from.blocks = 1 << 33;
    try testing.expectEqual(null, numbers(u32, &from));
    try testing.expectEqual(@as(u64, 1 << 33), numbers(u64, &from).?.blocks);
}

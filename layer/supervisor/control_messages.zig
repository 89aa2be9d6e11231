//! Control messages (`struct cmsghdr`) of 32-bit programs, whose headers are shorter and stand at multiples of 4, and the
//! kernel's for us.
const std = @import("std");
const linux = std.os.linux;

const Header = struct { length: usize, level: i32, kind: i32 };

/// Headers of the two kinds: `Word` is their length's type, to whose size everything is aligned.
fn Form(comptime Word: type) type {
    return struct {
        const header_size = @sizeOf(Word) + 8;

        fn aligned(length: usize) usize {
            return std.mem.alignForward(usize, length, @sizeOf(Word));
        }

        fn read(bytes: []const u8) ?Header {
            if (bytes.len < header_size) return null;
            const length: usize = std.mem.readInt(Word, bytes[0..@sizeOf(Word)], .little);
            if (length < header_size or length > bytes.len) return null;
            return .{
                .length = length,
                .level = std.mem.readInt(i32, bytes[@sizeOf(Word)..][0..4], .little),
                .kind = std.mem.readInt(i32, bytes[@sizeOf(Word) + 4 ..][0..4], .little),
            };
        }

        /// Null if it does not fit.
        fn write(into: []u8, header: Header, data_length: usize) ?[]u8 {
            if (into.len < header_size + data_length) return null;
            std.mem.writeInt(Word, into[0..@sizeOf(Word)], @intCast(header_size + data_length), .little);
            std.mem.writeInt(i32, into[@sizeOf(Word)..][0..4], header.level, .little);
            std.mem.writeInt(i32, into[@sizeOf(Word) + 4 ..][0..4], header.kind, .little);
            return into[header_size..][0..data_length];
        }
    };
}

const Wide = Form(u64);
const Narrow = Form(u32);

/// A program's control messages as the kernel takes them from us. Returns how long they are in `into`.
pub fn widen(from: []const u8, into: []u8) usize {
    return convert(Narrow, Wide, from, into);
}

/// What the kernel gave us, for a 32-bit program.
pub fn narrow(from: []const u8, into: []u8) usize {
    return convert(Wide, Narrow, from, into);
}

fn convert(comptime From: type, comptime To: type, from: []const u8, into: []u8) usize {
    var at: usize = 0;
    var length: usize = 0;
    while (at < from.len) {
        const header = From.read(from[at..]) orelse break;
        const data = from[at + From.header_size .. at + header.length];
        const halves = To == Narrow and isTime(header);
        const room = if (length < into.len) into[length..] else break;
        const place = To.write(room, header, if (halves) data.len / 2 else data.len) orelse break;
        if (halves) halve(place, data) else @memcpy(place, data);
        length = @min(into.len, length + To.aligned(To.header_size + place.len));
        at += From.aligned(header.length);
    }
    return length;
}

/// Times in numbers of the program's own width; the newer kinds have 64 bits everywhere.
fn isTime(header: Header) bool {
    const old_times = [_]i32{ 29, 35, 37 }; // SCM_TIMESTAMP, SCM_TIMESTAMPNS, SCM_TIMESTAMPING
    return header.level == linux.SOL.SOCKET and std.mem.indexOfScalar(i32, &old_times, header.kind) != null;
}

fn halve(into: []u8, words: []const u8) void {
    for (0..words.len / 8) |i| @memcpy(into[4 * i ..][0..4], words[8 * i ..][0..4]);
}

test "control messages go there and back" {
    var first: [64]u8 = undefined;
    var second: [64]u8 = undefined;
    var third: [64]u8 = undefined;
    const given = "\x0f\x00\x00\x00" ++ "\x01\x00\x00\x00" ++ "\x02\x00\x00\x00" ++ "abc\x00" ++
        "\x10\x00\x00\x00" ++ "\x03\x00\x00\x00" ++ "\x04\x00\x00\x00" ++ "defg";
    @memcpy(first[0..given.len], given);
    const wide = widen(first[0..given.len], &second);
    try std.testing.expectEqual(48, wide);
    try std.testing.expectEqual(@as(u64, 19), std.mem.readInt(u64, second[0..8], .little));
    @memset(&third, 0);
    try std.testing.expectEqual(given.len, narrow(second[0..wide], &third));
    try std.testing.expectEqualStrings(given, third[0..given.len]);
}

test "times are halved, and what is broken or too long ends it" {
    var given: [32]u8 = @splat(0);
    var into: [64]u8 = undefined;
    std.mem.writeInt(u64, given[0..8], 32, .little);
    std.mem.writeInt(i32, given[8..12], linux.SOL.SOCKET, .little);
    std.mem.writeInt(i32, given[12..16], 29, .little);
    std.mem.writeInt(i64, given[16..24], 1_700_000_000, .little);
    std.mem.writeInt(i64, given[24..32], 5, .little);
    try std.testing.expectEqual(20, narrow(&given, &into));
    try std.testing.expectEqual(@as(i32, 1_700_000_000), std.mem.readInt(i32, into[12..16], .little));
    try std.testing.expectEqual(0, narrow(&given, into[0..19]));
    try std.testing.expectEqual(0, narrow(given[0..31], &into));
    try std.testing.expectEqual(0, widen(given[0..11], &into));
}

//! Every decoder of the layer on hostile bytes: a named error, or a value with exactly these bytes whose lists end.
//! MIRRORD_FUZZ_SEED repeats a run.

const std = @import("std");
const protocol = @import("protocol");
const testing = std.testing;

const largest_message = 2048;

test "no bytes confuse a decoder" {
    const seed = try number("MIRRORD_FUZZ_SEED", @truncate(@as(u128, @bitCast(std.time.nanoTimestamp()))));
    const rounds = try number("MIRRORD_FUZZ_ROUNDS", 30_000);
    errdefer std.debug.print("MIRRORD_FUZZ_SEED={d} MIRRORD_FUZZ_ROUNDS={d}\n", .{ seed, rounds });
    var prng = std.Random.DefaultPrng.init(seed);
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    const vectors = try readVectors(arena.allocator());
    var accepted: usize = 0;
    for (0..rounds) |_| {
        var memory: [largest_message]u8 = undefined;
        const vector = vectors[prng.random().uintLessThan(usize, vectors.len)];
        const bytes = hostile(&memory, vector.bytes, prng.random());
        errdefer std.debug.print("{s} {x}\n", .{ vector.message, bytes });
        if (try decodes(vector.message, bytes)) accepted += 1;
        _ = protocol.decodeConfigFile(bytes) catch {};
    }
    try testing.expect(accepted > 0);
}

const Vector = struct { message: []const u8, bytes: []const u8 };

/// The golden vectors, whose path the environment tells: this file may not embed what lies beside its folder.
fn readVectors(memory: std.mem.Allocator) ![]Vector {
    const path = try std.process.getEnvVarOwned(memory, "MIRRORD_GOLDEN_VECTORS");
    const file = try std.fs.cwd().readFileAlloc(memory, path, 1 << 24);
    const Written = struct { message: []const u8, hex: []const u8 };
    const written = try std.json.parseFromSliceLeaky([]Written, memory, file, .{ .ignore_unknown_fields = true });
    var vectors: std.ArrayList(Vector) = .empty;
    for (written) |vector| {
        const bytes = try memory.alloc(u8, vector.hex.len / 2);
        if (bytes.len > largest_message / 2) continue;
        try vectors.append(memory, .{ .message = vector.message, .bytes = try std.fmt.hexToBytes(bytes, vector.hex) });
    }
    return vectors.items;
}

fn hostile(memory: []u8, valid: []const u8, random: std.Random) []u8 {
    if (random.uintLessThan(u8, 4) == 0) {
        const bytes = memory[0..random.uintLessThan(usize, memory.len)];
        random.bytes(bytes);
        return bytes;
    }
    @memcpy(memory[0..valid.len], valid);
    var length = valid.len;
    for (0..random.intRangeAtMost(u8, 1, 4)) |_| length = mutate(memory, length, random);
    return memory[0..length];
}

fn mutate(memory: []u8, length: usize, random: std.Random) usize {
    const at = random.uintAtMost(usize, length);
    const left = length - at;
    switch (random.uintLessThan(u8, 5)) {
        0 => if (left > 0) {
            memory[at] ^= @as(u8, 1) << random.int(u3);
        },
        1 => if (left >= 4) {
            const lengths = [_]u32{ 0xffff_ffff, 0x8000_0000, 0x7fff_ffff, @intCast(left), @intCast(left + 1), 0 };
            std.mem.writeInt(u32, memory[at..][0..4], lengths[random.uintLessThan(usize, lengths.len)], .little);
        },
        2 => return at,
        3 => {
            const removed = @min(left, random.uintLessThan(usize, 9));
            std.mem.copyForwards(u8, memory[at .. length - removed], memory[at + removed .. length]);
            return length - removed;
        },
        else => {
            const added = @min(memory.len - length, random.uintLessThan(usize, 9));
            random.bytes(memory[length..][0..added]);
            return length + added;
        },
    }
    return length;
}

fn decodes(name: []const u8, bytes: []const u8) !bool {
    @setEvalBranchQuota(100_000);
    inline for (comptime std.meta.declarations(protocol)) |declaration| {
        if (comptime isMessage(declaration.name)) {
            if (std.mem.eql(u8, declaration.name, name)) return check(@field(protocol, declaration.name), bytes);
        }
    }
    return error.NoSuchMessage;
}

fn isMessage(comptime name: []const u8) bool {
    if (@TypeOf(@field(protocol, name)) != type) return false;
    return switch (@typeInfo(@field(protocol, name))) {
        .@"struct" => |info| info.fields.len > 0,
        .@"union" => true,
        else => false,
    };
}

fn check(comptime T: type, bytes: []const u8) !bool {
    const value = protocol.decode(T, bytes) catch return false;
    var memory: [largest_message]u8 = undefined;
    try testing.expectEqualSlices(u8, bytes, try protocol.encode(&memory, value));
    try walk(T, value);
    return true;
}

/// Goes through every list to its end.
fn walk(comptime T: type, value: T) !void {
    if (T == protocol.PackedU16) {
        for (0..value.len()) |index| std.mem.doNotOptimizeAway(value.at(index));
        return;
    }
    switch (@typeInfo(T)) {
        .@"struct" => |info| {
            if (@hasDecl(T, "Iterator")) return walkList(value);
            inline for (info.fields) |field| try walk(field.type, @field(value, field.name));
        },
        .@"union" => switch (value) {
            inline else => |payload| try walk(@TypeOf(payload), payload),
        },
        .optional => |optional| if (value) |present| try walk(optional.child, present),
        else => {},
    }
}

fn walkList(list: anytype) !void {
    var iterator = list.iterator();
    var count: u32 = 0;
    while (iterator.next()) |item| {
        count += 1;
        try walk(@TypeOf(item), item);
    }
    try testing.expectEqual(list.count, count);
}

fn number(name: []const u8, otherwise: u64) !u64 {
    const text = std.process.getEnvVarOwned(testing.allocator, name) catch return otherwise;
    defer testing.allocator.free(text);
    return std.fmt.parseInt(u64, text, 10);
}

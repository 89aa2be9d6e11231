//! Every decoder of the layer on hostile bytes: a named error, or a value with exactly these bytes whose lists end.
//! MIRRORD_FUZZ_SEED repeats a run.

const std = @import("std");
const protocol = @import("protocol");
const hostile = @import("hostile.zig").hostile;
const Run = @import("hostile.zig").Run;
const testing = std.testing;

const largest_message = 2048;

test "no bytes confuse a decoder" {
    var run = try Run.begin(30_000);
    errdefer run.tell();
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    const vectors = try readVectors(arena.allocator());
    var accepted: usize = 0;
    for (0..run.rounds) |_| {
        var memory: [largest_message]u8 = undefined;
        const vector = vectors[run.random().uintLessThan(usize, vectors.len)];
        const bytes = hostile(&memory, vector.bytes, run.random());
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

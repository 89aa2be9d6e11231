//! The layer's half of the golden vectors: the same files that golden_test.ts reads.

const std = @import("std");
const protocol = @import("protocol");
const json = std.json;
const testing = std.testing;

const Vector = struct { message: []const u8, value: json.Value, hex: []const u8 };
const Malformed = struct { message: []const u8, why: []const u8, hex: []const u8, fault: []const u8 };

test "the messages keep the bytes of the golden vectors" {
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    const vectors = try json.parseFromSliceLeaky([]Vector, arena.allocator(), @embedFile("layer.json"), .{});
    try testing.expect(vectors.len > 100);
    for (vectors) |vector| {
        errdefer std.debug.print("vector {s} {s}\n", .{ vector.message, vector.hex });
        try withMessage(vector.message, Golden{ .vector = vector, .memory = arena.allocator() });
    }
}

const Golden = struct {
    vector: Vector,
    memory: std.mem.Allocator,

    fn check(golden: Golden, comptime T: type) !void {
        const wanted = try unhex(golden.memory, golden.vector.hex);
        const value = try fromJson(T, golden.memory, golden.vector.value);
        const buffer = try golden.memory.alloc(u8, wanted.len);
        try testing.expectEqualSlices(u8, wanted, try protocol.encode(buffer, value));
        if (wanted.len > 0) try testing.expectError(error.NoSpace, protocol.encode(buffer[1..], value));

        const decoded = try protocol.decode(T, wanted);
        try testing.expectEqualDeep(value, decoded);
        for (0..wanted.len) |length| {
            try testing.expectError(error.Truncated, protocol.decode(T, wanted[0..length]));
        }
        const longer = try std.mem.concat(golden.memory, u8, &.{ wanted, "x" });
        try testing.expectError(error.TrailingBytes, protocol.decode(T, longer));
    }
};

test "malformed bytes are refused by name" {
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    const vectors = try json.parseFromSliceLeaky([]Malformed, arena.allocator(), @embedFile("malformed.json"), .{});
    for (vectors) |vector| {
        errdefer std.debug.print("malformed {s}: {s}\n", .{ vector.message, vector.why });
        const Check = struct {
            bytes: []const u8,
            fault: []const u8,

            fn check(self: @This(), comptime T: type) !void {
                if (protocol.decode(T, self.bytes)) |_| return error.WasAccepted else |fault| {
                    try testing.expectEqualStrings(self.fault, @errorName(fault));
                }
            }
        };
        try withMessage(vector.message, Check{ .bytes = try unhex(arena.allocator(), vector.hex), .fault = vector.fault });
    }
}

test "lists are walked in place, at any alignment" {
    var shifted: [64]u8 = undefined;
    const ranges = [_]protocol.PortRange{ .{ .first = 1, .last = 2 }, .{ .first = 80, .last = 65535 } };
    var items: [8]u8 = undefined;
    const list = try protocol.List(protocol.PortRange).init(&items, &ranges);
    const encoded = try protocol.encode(shifted[1..], list);
    const decoded = try protocol.decode(protocol.List(protocol.PortRange), encoded);
    var iterator = decoded.iterator();
    for (ranges) |range| try testing.expectEqual(range, iterator.next().?);
    try testing.expectEqual(null, iterator.next());
    try testing.expectError(error.NoSpace, protocol.List(protocol.PortRange).init(items[0..7], &ranges));

    const numbers = try protocol.decode(protocol.PackedU16, "\x02\x00\x00\x00\x01\x02\xff\xfe");
    try testing.expectEqual(2, numbers.len());
    try testing.expectEqual(0xfeff, numbers.at(1));
}

test "the configuration file is refused unless its header fits" {
    const empty_rules = protocol.PathRules{
        .class_of = &@splat(0),
        .class_count = 1,
        .next = .{ .encoded = "\x00\x00" },
        .accepts = .{ .encoded = "\x00\x00" },
    };
    var config = std.mem.zeroInit(protocol.LayerConfig, .{ .path_rules = empty_rules, .layer_path = "/l.so" });
    config.version = protocol.config_version;
    var file: [1024]u8 = undefined;
    const body = try protocol.encode(file[protocol.config_header_bytes..], config);
    @memcpy(file[0..8], protocol.config_magic);
    std.mem.writeInt(u32, file[8..12], protocol.config_version, .little);
    std.mem.writeInt(u32, file[12..16], @intCast(body.len), .little);
    const whole = file[0 .. protocol.config_header_bytes + body.len];

    try testing.expectEqualStrings("/l.so", (try protocol.decodeConfigFile(whole)).layer_path);
    try testing.expectError(error.Truncated, protocol.decodeConfigFile(whole[0..19]));
    try testing.expectError(error.InvalidHeader, protocol.decodeConfigFile(whole[0 .. whole.len - 1]));
    for ([_]usize{ 0, 8, 12 }) |position| {
        whole[position] +%= 1;
        try testing.expectError(error.InvalidHeader, protocol.decodeConfigFile(whole));
        whole[position] -%= 1;
    }
}

test "the reply is chosen by the request" {
    const refused = try protocol.decodeReply(.connect, "\x00\x6f\x00\x00\x00");
    try testing.expectEqual(111, refused.connect.failed.errno);
    try testing.expectEqual({}, (try protocol.decodeReply(.log, "")).log);
    try testing.expectError(error.InvalidBool, protocol.decodeReply(.join, "\x07"));
}

/// Calls `action.check(T)` with the protocol's type called `name`.
fn withMessage(name: []const u8, action: anytype) !void {
    @setEvalBranchQuota(100_000);
    inline for (comptime std.meta.declarations(protocol)) |declaration| {
        if (comptime isMessage(declaration.name)) {
            if (std.mem.eql(u8, declaration.name, name)) return action.check(@field(protocol, declaration.name));
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

fn fromJson(comptime T: type, memory: std.mem.Allocator, value: json.Value) !T {
    if (T == protocol.PackedU16) return .{ .encoded = try packedNumbers(memory, value.array.items) };
    switch (@typeInfo(T)) {
        .void => return {},
        .bool => return value.bool,
        .int => return if (value == .string) std.fmt.parseInt(T, value.string, 10) else @intCast(value.integer),
        .array => |array| return (try unhex(memory, value.string))[0..array.len].*,
        .pointer => |pointer| {
            const bytes = try unhex(memory, value.string);
            return if (pointer.size == .slice) bytes else bytes[0..@sizeOf(pointer.child)];
        },
        .optional => |optional| return if (value == .null) null else try fromJson(optional.child, memory, value),
        .@"struct" => |info| {
            if (@hasDecl(T, "Iterator")) return listFromJson(T, memory, value.array.items);
            var result: T = undefined;
            inline for (info.fields) |field| {
                @field(result, field.name) = try fromJson(field.type, memory, value.object.get(comptime camel(field.name)).?);
            }
            return result;
        },
        .@"union" => |info| {
            inline for (info.fields) |field| {
                if (value.object.get(comptime camel(field.name))) |payload| {
                    return @unionInit(T, field.name, try fromJson(field.type, memory, payload));
                }
            }
            return error.NoSuchVariant;
        },
        else => comptime unreachable,
    }
}

fn listFromJson(comptime T: type, memory: std.mem.Allocator, values: []json.Value) !T {
    const Item = @typeInfo(@typeInfo(@TypeOf(T.Iterator.next)).@"fn".return_type.?).optional.child;
    const items = try memory.alloc(Item, values.len);
    for (items, values) |*item, value| item.* = try fromJson(Item, memory, value);
    return T.init(try memory.alloc(u8, 4096), items);
}

fn packedNumbers(memory: std.mem.Allocator, values: []json.Value) ![]const u8 {
    const bytes = try memory.alloc(u8, values.len * 2);
    for (values, 0..) |value, index| std.mem.writeInt(u16, bytes[index * 2 ..][0..2], @intCast(value.integer), .little);
    return bytes;
}

fn unhex(memory: std.mem.Allocator, text: []const u8) ![]u8 {
    return std.fmt.hexToBytes(try memory.alloc(u8, text.len / 2), text);
}

/// `open_file` → `openFile`.
fn camel(comptime name: []const u8) []const u8 {
    var result: []const u8 = "";
    var upper = false;
    for (name) |letter| {
        if (letter != '_') result = result ++ [_]u8{if (upper) std.ascii.toUpper(letter) else letter};
        upper = letter == '_';
    }
    return result;
}

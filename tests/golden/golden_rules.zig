//! The rule table as the layer walks it, on the paths of path_rules.json.

const std = @import("std");
const protocol = @import("protocol");
const rules = @import("rules");
const testing = std.testing;

const Vectors = struct {
    table: []const u8,
    paths: []const struct { path: []const u8, sets: u16 },
};

test "the layer finds the sets of every path" {
    var arena = std.heap.ArenaAllocator.init(testing.allocator);
    defer arena.deinit();
    const memory = arena.allocator();
    const vectors = try std.json.parseFromSliceLeaky(Vectors, memory, @embedFile("path_rules.json"), .{});
    const decoded = try protocol.decode(protocol.PathRules, try unhex(memory, vectors.table));
    const table = rules.Table{ .rules = &decoded };
    try testing.expect(vectors.paths.len > 10);
    for (vectors.paths) |vector| {
        errdefer std.debug.print("path {s}\n", .{vector.path});
        const sets: u16 = @bitCast(table.sets(try unhex(memory, vector.path)));
        try testing.expectEqual(vector.sets, sets);
    }
}

fn unhex(memory: std.mem.Allocator, text: []const u8) ![]u8 {
    return std.fmt.hexToBytes(try memory.alloc(u8, text.len / 2), text);
}

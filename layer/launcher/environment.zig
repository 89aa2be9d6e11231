//! The environment for the embedded Deno: nothing of the user's may change how it runs, and nothing of ours may reach the
//! user's program. What is changed is kept as MIRRORD_ORIGINAL_<NAME>, which the CLI puts back before it executes the program.
const std = @import("std");

const Variable = struct { name: []const u8, value: ?[]const u8 };

/// Variables that would change the embedded runtime, with the value it needs (null: unset).
fn runtimeVariables(deno_dir: []const u8) [6]Variable {
    return .{
        .{ .name = "DENO_DIR", .value = deno_dir },
        .{ .name = "DENO_NO_UPDATE_CHECK", .value = "1" },
        .{ .name = "DENO_DISABLE_NODE_SHIM", .value = "1" },
        .{ .name = "DENO_V8_FLAGS", .value = null },
        .{ .name = "NODE_OPTIONS", .value = null },
        .{ .name = "COMPLETE", .value = null },
    };
}

pub const Environment = struct {
    allocator: std.mem.Allocator,
    entries: std.ArrayList(?[*:0]const u8) = .empty,

    pub fn ofProcess(allocator: std.mem.Allocator) !Environment {
        var self = Environment{ .allocator = allocator };
        for (std.os.environ) |entry| try self.entries.append(allocator, entry);
        return self;
    }

    pub fn get(self: *const Environment, name: []const u8) ?[:0]const u8 {
        const index = self.find(name) orelse return null;
        return std.mem.span(self.entries.items[index].?)[name.len + 1 ..];
    }

    pub fn set(self: *Environment, name: []const u8, value: []const u8) !void {
        const entry = try std.fmt.allocPrintSentinel(self.allocator, "{s}={s}", .{ name, value }, 0);
        if (self.find(name)) |index| {
            self.entries.items[index] = entry;
        } else {
            try self.entries.append(self.allocator, entry);
        }
    }

    pub fn unset(self: *Environment, name: []const u8) void {
        if (self.find(name)) |index| _ = self.entries.orderedRemove(index);
    }

    /// Prepares the environment of the embedded runtime. Under a mirrord that is already running in one (a child Deno of
    /// ours) the originals were kept by the first, and stay.
    pub fn forRuntime(self: *Environment, deno_dir: []const u8) !void {
        const nested = self.get("MIRRORD_RUNTIME") != null;
        for (runtimeVariables(deno_dir)) |variable| {
            if (!nested) try self.keepOriginal(variable.name);
            if (variable.value) |value| try self.set(variable.name, value) else self.unset(variable.name);
        }
        try self.set("MIRRORD_RUNTIME", "1");
    }

    fn keepOriginal(self: *Environment, name: []const u8) !void {
        const value = self.get(name) orelse return;
        var buffer: [64]u8 = undefined;
        try self.set(try std.fmt.bufPrint(&buffer, "MIRRORD_ORIGINAL_{s}", .{name}), value);
    }

    /// The array for execve.
    pub fn block(self: *Environment) ![*:null]const ?[*:0]const u8 {
        const entries = try self.allocator.allocSentinel(?[*:0]const u8, self.entries.items.len, null);
        @memcpy(entries, self.entries.items);
        return entries.ptr;
    }

    fn find(self: *const Environment, name: []const u8) ?usize {
        for (self.entries.items, 0..) |entry, index| {
            const text = std.mem.span(entry.?);
            if (text.len > name.len and text[name.len] == '=' and std.mem.startsWith(u8, text, name)) return index;
        }
        return null;
    }
};

test "originals are kept once and unset variables leave no trace" {
    var arena = std.heap.ArenaAllocator.init(std.testing.allocator);
    defer arena.deinit();
    var environment = Environment{ .allocator = arena.allocator() };
    try environment.set("NODE_OPTIONS", "--inspect");
    try environment.forRuntime("/cache");
    try std.testing.expectEqual(null, environment.get("NODE_OPTIONS"));
    try std.testing.expectEqualStrings("--inspect", environment.get("MIRRORD_ORIGINAL_NODE_OPTIONS").?);
    try std.testing.expectEqual(null, environment.get("MIRRORD_ORIGINAL_DENO_DIR"));
    try environment.forRuntime("/cache");
    try std.testing.expectEqual(null, environment.get("MIRRORD_ORIGINAL_DENO_DIR"));
}

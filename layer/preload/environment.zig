//! What a program must be given so that the session goes on in it: the variables that brought us here. A program that
//! clears or replaces its environment does not leave the session.

const std = @import("std");
const core = @import("core");
const startup = @import("startup.zig");
const system = core.system;
const variable = core.config.variable;

pub const Entry = [*:0]const u8;
pub const Block = [*:null]const ?Entry;

const preload = "LD_PRELOAD";
const names = [_][]const u8{ variable.proxy, variable.config, variable.resolved, variable.supervised };

/// `NAME=value` of each, as we were started with it. Copies, since programs overwrite the block they were given (to change
/// their title); what does not fit (the resolved configuration may be long) is left to the program's own environment.
var kept: [names.len]?Entry = @splat(null);
var kept_count: usize = 0;
var storage: [4096]u8 = undefined;
/// The layer's own path, and `LD_PRELOAD=path`; empty if the layer is not to be passed on.
var library: []const u8 = "";
var library_entry: ?Entry = null;

/// Keeps what is to be passed on. `path` is the layer's; without one, only that we are supervised is kept.
pub fn keep(started: *const startup.Startup, path: []const u8) void {
    var used: usize = 0;
    if (path.len != 0) {
        library_entry = store(&used, preload, path);
        if (library_entry) |entry| library = std.mem.span(entry)[preload.len + 1 ..];
    }
    for (names, &kept) |name, *slot| {
        if (path.len == 0 and !std.mem.eql(u8, name, variable.supervised)) continue;
        const value = started.variable(name) orelse continue;
        slot.* = store(&used, name, value);
        if (slot.* != null) kept_count += 1;
    }
}

fn store(used: *usize, name: []const u8, value: []const u8) ?Entry {
    const entry = std.fmt.bufPrintZ(storage[used.*..], "{s}={s}", .{ name, value }) catch return null;
    used.* += entry.len + 1;
    return entry.ptr;
}

/// How many pointers a completed copy of `block` takes, its end included; 0 if nothing is missing.
pub fn roomFor(block: Block) usize {
    if (!isReachable()) return if (namesOnlyLibrary(block)) length(block) + 1 else 0;
    var complete = holdsLibrary(startup.find(block, preload));
    for (names, kept) |name, entry| {
        if (entry != null and startup.find(block, name) == null) complete = false;
    }
    if (complete) return 0;
    const merged = (if (startup.find(block, preload)) |value| value.len else 0) + library.len + preload.len + 3;
    return length(block) + kept_count + 2 + merged / @sizeOf(usize) + 1;
}

pub fn length(block: anytype) usize {
    var count: usize = 0;
    while (block[count] != null) count += 1;
    return count;
}

fn holdsLibrary(value: ?[]const u8) bool {
    if (library.len == 0) return true;
    var paths = std.mem.tokenizeAny(u8, value orelse return false, ": ");
    while (paths.next()) |path| {
        if (std.mem.eql(u8, path, library)) return true;
    }
    return false;
}

/// A copy of `block` in `room` (of `roomFor` pointers) with all that is missing.
pub fn completed(block: Block, room: []?Entry) Block {
    if (!isReachable()) return without(block, room);
    var count: usize = 0;
    const given = startup.find(block, preload);
    const has_library = holdsLibrary(given);
    var i: usize = 0;
    while (block[i]) |entry| : (i += 1) {
        if (!has_library and startup.valueOf(entry, preload) != null) continue;
        room[count] = entry;
        count += 1;
    }
    for (names, kept) |name, entry| {
        if (entry == null or startup.find(block, name) != null) continue;
        room[count] = entry;
        count += 1;
    }
    if (!has_library) {
        room[count] = if (given) |value| merge(value, std.mem.sliceAsBytes(room[count + 2 ..])) else library_entry;
        count += 1;
    }
    room[count] = null;
    return @ptrCast(room.ptr);
}

/// In another root directory there may be no layer to load: the program then runs outside of the session.
pub fn isReachable() bool {
    if (library.len == 0) return true;
    return system.faccessat(system.AT_FDCWD, @ptrCast(library.ptr), 0, 0) == 0;
}

fn namesOnlyLibrary(block: Block) bool {
    return std.mem.eql(u8, startup.find(block, preload) orelse "", library);
}

/// The loader would complain about a library that is not there.
fn without(block: Block, room: []?Entry) Block {
    var count: usize = 0;
    var i: usize = 0;
    while (block[i]) |entry| : (i += 1) {
        if (startup.valueOf(entry, preload) != null) continue;
        room[count] = entry;
        count += 1;
    }
    room[count] = null;
    return @ptrCast(room.ptr);
}

/// The program's own preloaded libraries stay in front.
fn merge(value: []const u8, room: []u8) ?Entry {
    const entry = std.fmt.bufPrintZ(room, "{s}={s}:{s}", .{ preload, value, library }) catch return library_entry;
    return entry.ptr;
}

const testing = std.testing;

/// A file that is there stands for the library.
const test_library = "/proc/self/exe";

fn keepForTest() void {
    const block = [_:null]?Entry{
        "MIRRORD_LAYER_INTPROXY_ADDR=@a:00",
        "MIRRORD_LAYER_CONFIG=/c",
        "HOME=/root",
    };
    const arguments = [_:null]?Entry{"x"};
    kept = @splat(null);
    kept_count = 0;
    keep(&.{ .arguments = &arguments, .environment = &block }, test_library);
}

test "a complete environment is passed as it is" {
    keepForTest();
    const block = [_:null]?Entry{
        "MIRRORD_LAYER_CONFIG=/c",
        "LD_PRELOAD=/x.so:" ++ test_library,
        "MIRRORD_LAYER_INTPROXY_ADDR=@a:00",
    };
    try testing.expectEqual(@as(usize, 0), roomFor(&block));
}

test "what is missing is added, and other libraries stay in front" {
    keepForTest();
    var room: [64]?Entry = undefined;
    const empty = [_:null]?Entry{};
    try testing.expect(roomFor(&empty) <= room.len);
    const made = completed(&empty, &room);
    try testing.expectEqual(@as(usize, 3), length(made));
    try testing.expectEqualStrings(test_library, startup.find(made, preload).?);
    const other = [_:null]?Entry{ "LD_PRELOAD=/other.so", "A=1", "MIRRORD_LAYER_CONFIG=/own" };
    const merged = completed(&other, room[0..roomFor(&other)]);
    try testing.expectEqualStrings("/other.so:" ++ test_library, startup.find(merged, preload).?);
    try testing.expectEqualStrings("/own", startup.find(merged, variable.config).?);
    try testing.expectEqualStrings("@a:00", startup.find(merged, variable.proxy).?);
    try testing.expectEqual(@as(usize, 4), length(merged));
}

test "a library that cannot be reached is not asked for" {
    keepForTest();
    defer keepForTest();
    library = "/nonexistent/layer.so";
    var room: [8]?Entry = undefined;
    const block = [_:null]?Entry{ "A=1", "LD_PRELOAD=/nonexistent/layer.so", "B=2" };
    try testing.expectEqual(@as(usize, 4), roomFor(&block));
    const made = completed(&block, &room);
    try testing.expectEqual(@as(usize, 2), length(made));
    try testing.expect(startup.find(made, preload) == null);
    const other = [_:null]?Entry{"A=1"};
    try testing.expectEqual(@as(usize, 0), roomFor(&other));
}

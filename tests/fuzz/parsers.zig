//! The layer's parsers of what programs, users and files give it, on hostile input and with safety checks on: none reads
//! beyond its input, overflows or runs without end, and each keeps the promise of its test.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const launching = @import("launching");
const protocol = @import("protocol");
const Run = @import("hostile.zig").Run;
const hostile = @import("hostile.zig").hostile;
const testing = std.testing;

/// A file in memory whose contents are replaced in every round.
const Scratch = struct {
    fd: i32,
    name: [32:0]u8 = @splat(0),

    fn make() !Scratch {
        const opened = linux.memfd_create("fuzz", linux.MFD.CLOEXEC);
        if (linux.E.init(opened) != .SUCCESS) return error.NoMemoryFile;
        var scratch = Scratch{ .fd = @intCast(opened) };
        _ = try std.fmt.bufPrintZ(&scratch.name, "/proc/self/fd/{d}", .{scratch.fd});
        return scratch;
    }

    fn put(self: *const Scratch, bytes: []const u8) !void {
        try std.posix.ftruncate(self.fd, 0);
        if (try std.posix.pwrite(self.fd, bytes, 0) != bytes.len) return error.ShortWrite;
    }

    fn path(self: *const Scratch) [*:0]const u8 {
        return &self.name;
    }
};

test "no executable's headers confuse the choice of its door" {
    var run = try Run.begin(20_000);
    errdefer run.tell();
    const random = run.random();
    var heads: [2][1024]u8 = undefined;
    const static = try headOf("/proc/self/exe", &heads[0]);
    const dynamic = try headOf("/bin/sh", &heads[1]);
    const scratch = try Scratch.make();
    defer std.posix.close(scratch.fd);
    var found = std.EnumSet(core.program.Door).initEmpty();
    for (0..run.rounds) |round| {
        var memory: [2048]u8 = undefined;
        const valid = if (random.boolean()) static else dynamic;
        const bytes = hostile(&memory, valid, random);
        // Deep changes only, every second time: the first bytes decide soon.
        if (round % 2 == 0 and bytes.len > 20) @memcpy(bytes[0..20], valid[0..20]);
        try scratch.put(bytes);
        found.insert(core.program.doorOfDescriptor(scratch.fd, random.enumValue(core.program.Choice)));
    }
    for ([_]core.program.Door{ .none, .preload, .supervisor }) |door| try testing.expect(found.contains(door));
}

fn headOf(path: []const u8, into: []u8) ![]u8 {
    const file = try std.fs.openFileAbsolute(path, .{});
    defer file.close();
    return into[0..try file.readAll(into)];
}

test "no script's first line confuses the search for its interpreter" {
    var run = try Run.begin(10_000);
    errdefer run.tell();
    const lines = [_][]const u8{ "#!/bin/sh\n", "#! /usr/bin/env -S python3 -u\n", "#!\n", "#!", "#!/proc/self/exe" };
    const scratch = try Scratch.make();
    defer std.posix.close(scratch.fd);
    for (0..run.rounds) |_| {
        var memory: [2048]u8 = undefined;
        const bytes = hostile(&memory, lines[run.random().uintLessThan(usize, lines.len)], run.random());
        try scratch.put(bytes);
        _ = core.program.doorOf(scratch.path(), .by_file);
    }
    // A script that names itself ends as the kernel's search does.
    var text: [64]u8 = undefined;
    try scratch.put(try std.fmt.bufPrint(&text, "#!{s}\n", .{scratch.path()}));
    try testing.expectEqual(core.program.Door.none, core.program.doorOf(scratch.path(), .by_file));
}

test "no path and no table confuse the rules" {
    var run = try Run.begin(20_000);
    errdefer run.tell();
    const random = run.random();
    for (0..run.rounds) |_| {
        var memory: [3 * 256]u8 = undefined;
        random.bytes(&memory);
        var class_of: [256]u8 = memory[0..256].*;
        const width = random.intRangeAtMost(u8, 0, 8);
        for (&class_of) |*class| class.* = if (width == 0) class.* else class.* % width;
        var path: [300]u8 = undefined;
        const rules = protocol.PathRules{
            .class_of = &class_of,
            .class_count = width,
            .next = .{ .encoded = memory[256..][0 .. 2 * random.uintAtMost(usize, 128)] },
            .accepts = .{ .encoded = memory[512..][0 .. 2 * random.uintAtMost(usize, 128)] },
        };
        const name = pathLike(&path, random);
        const sets = (core.rules.Table{ .rules = &rules }).sets(name);
        for (std.enums.values(core.rules.Mode)) |mode| {
            const verdict = core.rules.decide(mode, sets, random.boolean(), random.boolean());
            try testing.expectEqual(sets.ask, verdict == .ask);
        }
        const folder = std.mem.trimRight(u8, name[0..random.uintAtMost(usize, name.len)], "/");
        if (core.rules.isBeneath(name, folder)) try testing.expect(core.rules.isOnTheWayTo(folder, name));
    }
}

/// Slashes, dots and a few letters in any order.
fn pathLike(memory: []u8, random: std.Random) []u8 {
    const path = memory[0..random.uintAtMost(usize, memory.len)];
    for (path) |*byte| byte.* = "//..ab\xff"[random.uintLessThan(usize, 7)];
    return path;
}

test "no socket address is read beyond its length, and each is written as it was read" {
    var run = try Run.begin(50_000);
    errdefer run.tell();
    const random = run.random();
    const families = [_]u8{ linux.AF.INET, linux.AF.INET6, linux.AF.UNIX, linux.AF.UNSPEC };
    for (0..run.rounds) |_| {
        const family = families[random.uintLessThan(usize, families.len)];
        // The kernel takes no longer unix addresses.
        var native = core.address.Native{ .length = random.uintAtMost(u32, if (family == linux.AF.UNIX) 110 else 128) };
        random.bytes(&native.bytes);
        std.mem.writeInt(u16, native.bytes[0..2], family, .little);
        const parsed = core.address.parse(&native) orelse continue;
        const written = core.address.format(parsed, native.family());
        try testing.expect(core.address.equal(ended(parsed), ended(core.address.parse(&written).?)));
        const other = core.address.format(parsed, families[random.uintLessThan(usize, 2)]);
        try testing.expectEqual(core.address.port(parsed), core.address.port(core.address.parse(&other).?));
        _ = core.address.isLoopback(parsed) or core.address.isUnspecified(parsed);
    }
}

/// A unix socket's path without the zero at its end, which is there or not. In an abstract name every byte counts.
fn ended(address: core.address.Address) core.address.Address {
    const path = if (address == .unix) address.unix.path else return address;
    if (path.len == 0 or path[0] == 0) return address;
    return .{ .unix = .{ .path = std.mem.trimRight(u8, path, "\x00") } };
}

test "no text confuses the reading of the proxy's address" {
    var run = try Run.begin(50_000);
    errdefer run.tell();
    const valid = "@mirrord-0123456789abcdef:00112233445566778899aabbccddeeff";
    try testing.expect(core.config.Proxy.parse(valid) != null);
    for (0..run.rounds) |_| {
        var memory: [512]u8 = undefined;
        const text = hostile(&memory, valid, run.random());
        const proxy = core.config.Proxy.parse(text) orelse continue;
        try testing.expect(proxy.length >= 4 and proxy.length <= proxy.address.len);
        try testing.expectEqualStrings(text[1..std.mem.lastIndexOfScalar(u8, text, ':').?], proxy.socketAddress()[3..]);
    }
}

test "no search path makes the search for a program leave its room" {
    var run = try Run.begin(5_000);
    errdefer run.tell();
    const random = run.random();
    var variable: [3 * core.path_limit]u8 = undefined;
    for (0..run.rounds) |_| {
        var file: [300:0]u8 = undefined;
        const name = pathLike(&file, random);
        file[@min(name.len, file.len - 1)] = 0;
        const length = random.uintAtMost(usize, if (random.uintLessThan(u8, 20) == 0) variable.len else 200);
        for (variable[0..length]) |*byte| byte.* = if (random.uintLessThan(u8, 10) == 0) ':' else 'd';
        var searched = Searched{ .name = std.mem.sliceTo(&file, 0) };
        const result = launching.search(&file, variable[0..length], &searched, Searched.attempt);
        try testing.expect(result < 0 and !searched.is_wrong);
    }
}

/// Every place that is tried ends with the name, within the room for a path.
const Searched = struct {
    name: []const u8,
    is_wrong: bool = false,

    fn attempt(self: *Searched, path: [*:0]const u8) isize {
        const text = std.mem.span(path);
        if (!std.mem.endsWith(u8, text, self.name)) self.is_wrong = true;
        if (text.len >= core.path_limit and text.len != self.name.len) self.is_wrong = true;
        return -@as(isize, @intFromEnum(linux.E.NOENT));
    }
};

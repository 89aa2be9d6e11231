//! Where a path goes: the rule table of the session (a DFA, made by the proxy from the user's and the default patterns)
//! and the order in which its verdicts count.

const std = @import("std");
const protocol = @import("protocol");

/// The bits of an accepting state (`PathSet` in protocol/layer/messages.ts), strongest first.
pub const Set = packed struct(u16) {
    not_found: bool = false,
    read_write: bool = false,
    read_only: bool = false,
    local: bool = false,
    default_not_found: bool = false,
    default_read_only: bool = false,
    default_local: bool = false,
    /// Some pattern can't be put in the table, or a mapping may apply: the proxy decides.
    ask: bool = false,
    unused: u8 = 0,

    comptime {
        for (@typeInfo(protocol.PathSet).@"struct".decls) |bit| {
            var set = Set{};
            @field(set, bit.name) = true;
            if (@as(u16, @bitCast(set)) != @field(protocol.PathSet, bit.name)) @compileError("PathSet has changed");
        }
    }
};

pub const Mode = enum(u8) { local = 0, local_with_overrides = 1, read = 2, write = 3, _ };

pub const Verdict = enum { local, remote, not_found, ask };

/// The transition table, laid over the session's configuration file.
pub const Table = struct {
    rules: *const protocol.PathRules,

    /// The sets that `path` belongs to. Runs of slashes count as one, "/./" as "/".
    pub fn sets(self: Table, path: []const u8) Set {
        const rules = self.rules;
        const width: usize = rules.class_count;
        const limit = rules.next.len();
        var state: usize = 0;
        var previous: u8 = 0;
        for (path, 0..) |byte, i| {
            if (previous == '/' and (byte == '/' or byte == '.')) {
                if (byte == '/') continue;
                // A component that is exactly "." goes with the slash before it.
                if (i + 1 == path.len) break;
                if (path[i + 1] == '/') continue;
            }
            previous = byte;
            const at = state * width + rules.class_of[byte];
            if (at >= limit) return .{ .ask = true };
            state = rules.next.at(at);
        }
        if (state >= rules.accepts.len()) return .{ .ask = true };
        return @bitCast(rules.accepts.at(state));
    }
};

/// The order of `verdictOf` in cli/rules/decide.ts. `own` is true for what the process itself adds to the
/// local defaults (its working directory and its executable).
pub fn decide(mode: Mode, sets: Set, own: bool, write: bool) Verdict {
    if (sets.ask) return .ask;
    if (mode == .local) return .local;
    if (sets.not_found) return .not_found;
    if (sets.read_write) return .remote;
    if (sets.read_only) return if (write) .local else .remote;
    if (sets.local) return .local;
    if (sets.default_not_found) return .not_found;
    if (sets.default_read_only and !write) return .remote;
    if (sets.default_local or own) return .local;
    return switch (mode) {
        .write => .remote,
        .read => if (write) .local else .remote,
        else => .local,
    };
}

/// Whether `path` is `folder` or lies beneath it, letters compared without case as all path rules are.
pub fn isBeneath(path: []const u8, folder: []const u8) bool {
    if (folder.len < 2 or path.len < folder.len) return false;
    if (!std.ascii.eqlIgnoreCase(path[0..folder.len], folder)) return false;
    return path.len == folder.len or path[folder.len] == '/';
}

/// Whether `path` is `file` or a directory that leads to it: who resolves a local path name by name asks for each.
pub fn isOnTheWayTo(path: []const u8, file: []const u8) bool {
    return isBeneath(file, std.mem.trimRight(u8, path, "/"));
}

const testing = std.testing;

/// Accepts exactly "/a/b" with set bit 4 (read_only), for the tests.
const tiny = struct {
    const class_of = blk: {
        var classes: [256]u8 = @splat(0);
        classes['/'] = 1;
        classes['a'] = 2;
        classes['A'] = 2;
        classes['b'] = 3;
        break :blk classes;
    };
    // States: 0 start, 1 "/", 2 "/a", 3 "/a/", 4 "/a/b", 5 dead.
    const next = [_]u16{
        5, 1, 5, 5,
        5, 5, 2, 5,
        5, 3, 5, 5,
        5, 5, 5, 4,
        5, 5, 5, 5,
        5, 5, 5, 5,
    };
    const accepts = [_]u16{ 0, 0, 0, 0, 4, 0 };
    const rules = protocol.PathRules{
        .class_of = &class_of,
        .class_count = 4,
        .next = .{ .encoded = std.mem.sliceAsBytes(&next) },
        .accepts = .{ .encoded = std.mem.sliceAsBytes(&accepts) },
    };
    const table = Table{ .rules = &rules };
};

test "the table accepts a path however its slashes and dots are written" {
    for ([_][]const u8{ "/a/b", "//a/b", "/a//b", "/./a/./b", "/A/b", "/a/b/." }) |path| {
        // A trailing "/." leaves "/a/b/", which the tiny table does not know.
        try testing.expectEqual(!std.mem.endsWith(u8, path, "/."), tiny.table.sets(path).read_only);
    }
    for ([_][]const u8{ "/a", "/a/b/c", "/b", "/a/.b", "/a/..b" }) |path| {
        try testing.expect(!tiny.table.sets(path).read_only);
    }
}

test "a table that points outside itself asks the proxy" {
    var rules = tiny.rules;
    rules.next = .{ .encoded = "\x09\x00" ** 4 };
    rules.accepts = .{ .encoded = &.{ 0, 0 } };
    const broken = Table{ .rules = &rules };
    try testing.expect(broken.sets("/").ask);
    try testing.expect(broken.sets("//a").ask);
}

test "verdicts follow the order of strength" {
    const cases = [_]struct { Mode, Set, bool, bool, Verdict }{
        .{ .read, .{}, false, false, .remote },
        .{ .read, .{}, false, true, .local },
        .{ .write, .{}, false, true, .remote },
        .{ .local_with_overrides, .{}, false, false, .local },
        .{ .local, .{ .not_found = true, .read_write = true }, false, false, .local },
        .{ .read, .{ .not_found = true, .read_write = true }, false, false, .not_found },
        .{ .read, .{ .read_write = true, .local = true }, false, true, .remote },
        .{ .read, .{ .read_only = true, .local = true }, false, false, .remote },
        .{ .write, .{ .read_only = true }, false, true, .local },
        .{ .write, .{ .local = true, .default_not_found = true }, false, false, .local },
        .{ .read, .{ .default_not_found = true, .default_read_only = true }, false, false, .not_found },
        .{ .read, .{ .default_read_only = true, .default_local = true }, false, false, .remote },
        .{ .write, .{ .default_read_only = true, .default_local = true }, false, true, .local },
        .{ .read, .{ .default_local = true }, false, false, .local },
        .{ .read, .{}, true, false, .local },
        .{ .local_with_overrides, .{ .default_read_only = true }, false, false, .remote },
        .{ .read, .{ .ask = true, .local = true }, false, false, .ask },
    };
    for (cases) |case| try testing.expectEqual(case[4], decide(case[0], case[1], case[2], case[3]));
}

test "beneath a folder, not beside it" {
    try testing.expect(isBeneath("/srv/Project/x", "/srv/project"));
    try testing.expect(isBeneath("/srv/project", "/srv/project"));
    try testing.expect(!isBeneath("/srv/projects", "/srv/project"));
    try testing.expect(!isBeneath("/anything", "/"));
}

test "the directories that lead to a file, and no others" {
    for ([_][]const u8{ "/srv", "/srv/", "/srv/project", "/srv/project/x" }) |path| {
        try testing.expect(isOnTheWayTo(path, "/srv/project/x"));
    }
    for ([_][]const u8{ "/", "/sr", "/srv/pro", "/srv/other", "/srv/project/x/y", "" }) |path| {
        try testing.expect(!isOnTheWayTo(path, "/srv/project/x"));
    }
}

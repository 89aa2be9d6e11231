//! nftw(3), ftw(3) and glob(3): libc opens and looks at files inside them, where no hook sees it. Trees of the target are
//! walked here; glob is told by which functions to look.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const opening = @import("opening.zig");
const state = @import("../state.zig");
const status = @import("status.zig");
const system = core.system;
const Path = native.Path;

const Walker = *const fn (Path, *const linux.Stat, c_int, *Position) callconv(.c) c_int;
const OldWalker = *const fn (Path, *const linux.Stat, c_int) callconv(.c) c_int;
const Walk = *const fn (Path, Walker, c_int, c_int) callconv(.c) c_int;
const OldWalk = *const fn (Path, OldWalker, c_int) callconv(.c) c_int;

/// `struct FTW`.
const Position = extern struct { base: c_int, level: c_int };

/// As glibc counts them; musl begins with 1.
const Kind = enum(c_int) { file = 0, directory = 1, unreadable = 2, no_status = 3, link = 4, directory_after = 5, dangling = 6 };

const flag = struct {
    const physical = 1;
    const same_device = 2;
    const after = 8;
    const act_on_result = 16;
};
const action = struct {
    const stop = 1;
    const skip_subtree = 2;
    const skip_siblings = 3;
};

/// One walk. `path` grows and shrinks with the place in the tree.
const Tree = struct {
    path: [core.path_limit]u8 = undefined,
    length: usize = 0,
    flags: c_int,
    device: u64 = 0,
    walker: union(enum) { new: Walker, old: OldWalker },

    fn tell(self: *Tree, stat: *const linux.Stat, kind: Kind, base: usize, level: c_int) c_int {
        const text: Path = @ptrCast(&self.path);
        const number = @intFromEnum(kind) + @intFromBool(!native.isGlibc());
        switch (self.walker) {
            .old => |walker| return walker(text, stat, number),
            .new => |walker| {
                var position = Position{ .base = @intCast(base), .level = level };
                return walker(text, stat, number, &position);
            },
        }
    }

    /// Looks at what `path` names; 0 to go on. `base` is where its last component begins.
    fn visit(self: *Tree, base: usize, level: c_int) c_int {
        var stat: linux.Stat = std.mem.zeroes(linux.Stat);
        const physical = self.flags & flag.physical != 0;
        var kind: Kind = .file;
        if (self.look(&stat, !physical) != 0) {
            if (level == 0) return -1;
            kind = if (!physical and self.look(&stat, false) == 0) .dangling else .no_status;
        } else if (linux.S.ISLNK(stat.mode)) {
            kind = .link;
        } else if (linux.S.ISDIR(stat.mode)) {
            return self.enter(&stat, base, level);
        }
        return self.tell(&stat, kind, base, level);
    }

    fn look(self: *Tree, stat: *linux.Stat, follow: bool) c_int {
        const nofollow: u32 = if (follow) 0 else linux.AT.SYMLINK_NOFOLLOW;
        return status.statPath(@ptrCast(&self.path), stat, nofollow);
    }

    fn enter(self: *Tree, stat: *const linux.Stat, base: usize, level: c_int) c_int {
        if (level == 0) self.device = stat.dev;
        if (self.flags & flag.same_device != 0 and stat.dev != self.device) return 0;
        var v: door.Visit = undefined;
        const opened = opening.openPath(&v, @ptrCast(&self.path), system.O.DIRECTORY | system.O.CLOEXEC);
        if (opened < 0) return self.tell(stat, .unreadable, base, level);
        const fd: i32 = @intCast(opened);
        defer system.close(fd);
        if (self.flags & flag.after == 0) {
            const result = self.tell(stat, .directory, base, level);
            if (self.flags & flag.act_on_result != 0 and result == action.skip_subtree) return 0;
            if (result != 0) return result;
        }
        const result = self.descend(fd, level);
        const ends_siblings = self.flags & flag.act_on_result != 0 and result == action.skip_siblings;
        if (result != 0 and !ends_siblings) return result;
        return if (self.flags & flag.after != 0) self.tell(stat, .directory_after, base, level) else 0;
    }

    fn descend(self: *Tree, fd: i32, level: c_int) c_int {
        const above = self.length;
        defer self.cut(above);
        var buffer: [2048]u8 align(8) = undefined;
        while (true) {
            const got: isize = @bitCast(linux.getdents64(fd, &buffer, buffer.len));
            if (got <= 0) return 0;
            var at: usize = 0;
            while (at < got) {
                const entry: *align(1) const linux.dirent64 = @ptrCast(&buffer[at]);
                at += entry.reclen;
                const name = std.mem.span(@as([*:0]const u8, @ptrCast(&entry.name)));
                if (std.mem.eql(u8, name, ".") or std.mem.eql(u8, name, "..")) continue;
                const base = self.append(above, name) orelse continue;
                const result = self.visit(base, level + 1);
                if (self.flags & flag.act_on_result != 0 and result == action.skip_subtree) continue;
                if (result != 0) return result;
            }
        }
    }

    /// Puts `name` behind the first `above` bytes; where it begins, or null if there is no room.
    fn append(self: *Tree, above: usize, name: []const u8) ?usize {
        const separator = @intFromBool(above > 0 and self.path[above - 1] != '/');
        if (above + separator + name.len >= self.path.len) return null;
        if (separator == 1) self.path[above] = '/';
        @memcpy(self.path[above + separator ..][0..name.len], name);
        self.cut(above + separator + name.len);
        return above + separator;
    }

    fn cut(self: *Tree, length: usize) void {
        self.length = length;
        self.path[length] = 0;
    }
};

/// The path if it is the target's.
fn remotePath(path: Path) ?[]const u8 {
    const text = std.mem.span(path orelse return null);
    return if (door.verdictOn(text, false) == .remote) text else null;
}

fn walk(text: []const u8, tree: *Tree) c_int {
    _ = tree.append(0, text);
    const slash = std.mem.lastIndexOfScalar(u8, text, '/') orelse 0;
    return tree.visit(if (text.len > 1) slash + 1 else 0, 0);
}

fn nftw(comptime name: [:0]const u8) Walk {
    return struct {
        fn hook(path: Path, walker: Walker, descriptors: c_int, flags: c_int) callconv(.c) c_int {
            const text = remotePath(path) orelse return native.call(name, Walk, .{ path, walker, descriptors, flags });
            var tree = Tree{ .flags = flags, .walker = .{ .new = walker } };
            const result = walk(text, &tree);
            // Skipping what is left of the top's siblings, or its subtree, is no result.
            const skips = flags & flag.act_on_result != 0 and result > action.stop;
            return if (skips) 0 else result;
        }
    }.hook;
}

fn ftw(comptime name: [:0]const u8) OldWalk {
    return struct {
        fn hook(path: Path, walker: OldWalker, descriptors: c_int) callconv(.c) c_int {
            const text = remotePath(path) orelse return native.call(name, OldWalk, .{ path, walker, descriptors });
            var tree = Tree{ .flags = 0, .walker = .{ .old = walker } };
            return walk(text, &tree);
        }
    }.hook;
}

/// `glob_t` of glibc; musl's has room in the functions' place, and knows none.
const Globbed = extern struct {
    count: usize,
    paths: ?*anyopaque,
    offset: usize,
    flags: c_int,
    functions: [5]?*const anyopaque,
};
const Glob = *const fn (Path, c_int, ?*const anyopaque, *Globbed) callconv(.c) c_int;

const own_functions = 1 << 9;

fn glob(comptime name: [:0]const u8) Glob {
    return struct {
        fn hook(pattern: Path, flags: c_int, on_error: ?*const anyopaque, into: *Globbed) callconv(.c) c_int {
            if (!state.isActive() or flags & own_functions != 0 or !native.isGlibc()) {
                return native.call(name, Glob, .{ pattern, flags, on_error, into });
            }
            into.functions = lookingFunctions();
            defer into.flags &= ~@as(c_int, own_functions);
            return native.call(name, Glob, .{ pattern, flags | own_functions, on_error, into });
        }
    }.hook;
}

/// closedir, readdir, opendir, lstat, stat: as the program itself would call them.
fn lookingFunctions() [5]?*const anyopaque {
    const directories = @import("directories.zig");
    return .{
        nativeAddress("closedir"),
        nativeAddress("readdir"),
        &directories.opendir,
        status.lstat,
        status.stat,
    };
}

fn nativeAddress(comptime name: [:0]const u8) ?*const anyopaque {
    return @ptrCast(native.find(name, *const fn () callconv(.c) void) orelse return null);
}

comptime {
    for (.{ "nftw", "nftw64" }) |name| @export(nftw(name), .{ .name = name });
    for (.{ "ftw", "ftw64" }) |name| @export(ftw(name), .{ .name = name });
    for (.{ "glob", "glob64" }) |name| @export(glob(name), .{ .name = name });
}

test "a path grows and shrinks" {
    var tree = Tree{ .flags = 0, .walker = undefined };
    try std.testing.expectEqual(@as(usize, 0), tree.append(0, "/app").?);
    try std.testing.expectEqual(@as(usize, 5), tree.append(4, "sub").?);
    try std.testing.expectEqualStrings("/app/sub", tree.path[0..tree.length]);
    tree.cut(1);
    try std.testing.expectEqual(@as(usize, 1), tree.append(1, "x").?);
    try std.testing.expectEqualStrings("/x", tree.path[0..tree.length]);
    try std.testing.expect(tree.append(2, "y" ** 4094) == null);
}

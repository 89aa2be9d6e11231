//! fts(3): libc walks directories inside it, where no hook sees it. Walks with a root in the target are walked here; the
//! working directory is never changed by them.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const opening = @import("opening.zig");
const status = @import("status.zig");
const structure = @import("fts_entry.zig");
const system = core.system;

const Compare = structure.Compare;
const Entry = structure.Entry;
const Info = structure.Info;
const Roots = [*:null]const ?[*:0]const u8;
const Stream = structure.Stream;
const option = structure.option;

const Open = *const fn (Roots, c_int, ?Compare) callconv(.c) ?*Stream;
const Read = *const fn (*Stream) callconv(.c) ?*Entry;
const Children = *const fn (*Stream, c_int) callconv(.c) ?*Entry;
const Set = *const fn (*Stream, *Entry, c_int) callconv(.c) c_int;
const Close = *const fn (*Stream) callconv(.c) c_int;

fn isRemote(roots: Roots) bool {
    var i: usize = 0;
    while (roots[i]) |root| : (i += 1) if (door.verdictOn(std.mem.span(root), false) == .remote) return true;
    return false;
}

fn open(roots: Roots, options: c_int, compare: ?Compare) ?*Stream {
    const memory = native.malloc(@sizeOf(Stream)) orelse return null;
    const stream: *Stream = @ptrCast(memory);
    const top = Entry.make("", "", null, -1) orelse {
        native.free(stream);
        return null;
    };
    top.info = .start;
    stream.* = .{ .current = top, .compare = compare, .options = options | option.remote };
    var tail = &top.link;
    var i: usize = 0;
    while (roots[i]) |root| : (i += 1) {
        const path = std.mem.span(root);
        const entry = Entry.make(path, path, top, 0) orelse break;
        entry.info = look(stream, entry, stream.has(option.follow_roots));
        tail.* = entry;
        tail = &entry.link;
    }
    if (compare) |order| top.link = structure.sort(top.link, order);
    return stream;
}

/// Fills the status in; what the entry is.
fn look(stream: *const Stream, entry: *Entry, follow: bool) Info {
    const through = follow or stream.has(option.logical);
    const physical: u32 = linux.AT.SYMLINK_NOFOLLOW;
    if (status.statPath(entry.access_path, entry.status, if (through) 0 else physical) != 0) {
        const errno = native.getErrno();
        if (through and status.statPath(entry.access_path, entry.status, physical) == 0) return .dangling;
        entry.errno = errno;
        return .no_status;
    }
    entry.inode = entry.status.ino;
    entry.device = entry.status.dev;
    entry.links = entry.status.nlink;
    return switch (entry.status.mode & linux.S.IFMT) {
        linux.S.IFDIR => if (entry.level > 0 and isDot(entry.name())) .dot else directoryInfo(entry),
        linux.S.IFLNK => .link,
        linux.S.IFREG => .file,
        else => .other,
    };
}

fn directoryInfo(entry: *Entry) Info {
    var above = entry.parent;
    while (above) |parent| : (above = parent.parent) {
        if (parent.level < 0 or parent.inode != entry.inode or parent.device != entry.device) continue;
        entry.cycle = parent;
        return .cycle;
    }
    return .directory;
}

fn isDot(name: []const u8) bool {
    return std.mem.eql(u8, name, ".") or std.mem.eql(u8, name, "..");
}

/// The entries of a directory. Without any, the directory says why.
fn build(stream: *Stream, parent: *Entry) ?*Entry {
    var v: door.Visit = undefined;
    const opened = opening.openPath(&v, parent.access_path, system.O.DIRECTORY | system.O.CLOEXEC);
    if (opened < 0) {
        parent.info = .unreadable;
        parent.errno = @intCast(-opened);
        return null;
    }
    const fd: i32 = @intCast(opened);
    defer system.close(fd);
    var first: ?*Entry = null;
    var tail = &first;
    var buffer: [2048]u8 align(8) = undefined;
    while (true) {
        const got: isize = @bitCast(linux.getdents64(fd, &buffer, buffer.len));
        if (got <= 0) break;
        var at: usize = 0;
        while (at < got) {
            const found: *align(1) const linux.dirent64 = @ptrCast(&buffer[at]);
            at += found.reclen;
            tail.* = child(stream, parent, found) orelse continue;
            tail = &tail.*.?.link;
        }
    }
    if (stream.compare) |order| first = structure.sort(first, order);
    return first;
}

fn child(stream: *const Stream, parent: *Entry, found: *align(1) const linux.dirent64) ?*Entry {
    const name = std.mem.span(@as([*:0]const u8, @ptrCast(&found.name)));
    if (isDot(name) and !stream.has(option.see_dot)) return null;
    var buffer: [core.path_limit]u8 = undefined;
    const above = parent.path[0..parent.path_length];
    const separator = if (std.mem.endsWith(u8, above, "/")) "" else "/";
    const path = std.fmt.bufPrint(&buffer, "{s}{s}{s}", .{ above, separator, name }) catch return null;
    const entry = Entry.make(path, name, parent, parent.level + 1) orelse return null;
    const may_lead = found.type == linux.DT.DIR or found.type == linux.DT.UNKNOWN or
        (found.type == linux.DT.LNK and stream.has(option.logical));
    if (!stream.has(option.no_status) or may_lead) entry.info = look(stream, entry, false);
    return entry;
}

fn read(stream: *Stream) ?*Entry {
    const entry = stream.current orelse return null;
    const instruction = entry.instruction;
    entry.instruction = .none;
    if (instruction == .again or (instruction == .follow and (entry.info == .link or entry.info == .dangling))) {
        entry.info = look(stream, entry, instruction == .follow);
        return entry;
    }
    return if (entry.info == .directory) descend(stream, entry, instruction == .skip) else advance(stream, entry);
}

fn descend(stream: *Stream, entry: *Entry, skip: bool) ?*Entry {
    if (entry.level == 0) stream.device = entry.device;
    const seen = stream.children;
    stream.children = null;
    if (skip or (stream.has(option.same_device) and entry.device != stream.device)) {
        Entry.freeList(seen);
        entry.info = .directory_after;
        return entry;
    }
    const first = seen orelse build(stream, entry) orelse {
        if (entry.info == .directory) entry.info = .directory_after;
        return entry;
    };
    return enter(stream, first);
}

fn enter(stream: *Stream, entry: *Entry) ?*Entry {
    stream.current = entry;
    if (entry.level == 0) entry.shortenName();
    switch (entry.instruction) {
        .skip => return advance(stream, entry),
        .follow => {
            entry.info = look(stream, entry, true);
            entry.instruction = .none;
        },
        else => {},
    }
    return entry;
}

/// To the next on the same level, or back to the directory above.
fn advance(stream: *Stream, entry: *Entry) ?*Entry {
    if (entry.link) |next| {
        // What stands above the roots stays until the end.
        if (entry.level < 0) entry.link = null else native.free(entry);
        return enter(stream, next);
    }
    const parent = entry.parent orelse return end(stream, entry);
    native.free(entry);
    if (parent.level < 0) return end(stream, parent);
    stream.current = parent;
    parent.info = .directory_after;
    return parent;
}

fn end(stream: *Stream, top: *Entry) ?*Entry {
    native.free(top);
    stream.current = null;
    native.setErrno(0);
    return null;
}

fn children(stream: *Stream) ?*Entry {
    const entry = stream.current orelse return null;
    native.setErrno(0);
    if (entry.info == .start) return entry.link;
    if (entry.info != .directory) return null;
    Entry.freeList(stream.children);
    stream.children = build(stream, entry);
    return stream.children;
}

fn close(stream: *Stream) c_int {
    Entry.freeList(stream.children);
    var entry = stream.current;
    while (entry) |at| {
        entry = at.parent;
        Entry.freeList(at);
    }
    native.free(stream);
    return 0;
}

fn hooks(comptime prefix: []const u8) type {
    return struct {
        fn openHook(roots: Roots, options: c_int, compare: ?Compare) callconv(.c) ?*Stream {
            if (isRemote(roots)) return open(roots, options, compare);
            return native.call(prefix ++ "open", Open, .{ roots, options, compare });
        }
        fn readHook(stream: *Stream) callconv(.c) ?*Entry {
            return if (stream.has(option.remote)) read(stream) else native.call(prefix ++ "read", Read, .{stream});
        }
        fn childrenHook(stream: *Stream, options: c_int) callconv(.c) ?*Entry {
            if (stream.has(option.remote)) return children(stream);
            return native.call(prefix ++ "children", Children, .{ stream, options });
        }
        fn setHook(stream: *Stream, entry: *Entry, instruction: c_int) callconv(.c) c_int {
            if (!stream.has(option.remote)) return native.call(prefix ++ "set", Set, .{ stream, entry, instruction });
            entry.instruction = @enumFromInt(instruction);
            return 0;
        }
        fn closeHook(stream: *Stream) callconv(.c) c_int {
            return if (stream.has(option.remote)) close(stream) else native.call(prefix ++ "close", Close, .{stream});
        }
    };
}

comptime {
    for (.{ "fts_", "fts64_" }) |prefix| {
        const family = hooks(prefix);
        @export(&family.openHook, .{ .name = prefix ++ "open" });
        @export(&family.readHook, .{ .name = prefix ++ "read" });
        @export(&family.childrenHook, .{ .name = prefix ++ "children" });
        @export(&family.setHook, .{ .name = prefix ++ "set" });
        @export(&family.closeHook, .{ .name = prefix ++ "close" });
    }
}

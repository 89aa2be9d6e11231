//! The structures of <fts.h>, as glibc lays them out, and how entries are made, ordered and given back.

const std = @import("std");
const linux = std.os.linux;
const native = @import("../native.zig");

pub const Info = enum(c_ushort) {
    directory = 1,
    cycle = 2,
    other = 3,
    unreadable = 4,
    dot = 5,
    directory_after = 6,
    failed = 7,
    file = 8,
    start = 9,
    no_status = 10,
    no_status_asked = 11,
    link = 12,
    dangling = 13,
    _,
};

pub const Instruction = enum(c_ushort) { none = 3, again = 1, follow = 2, skip = 4, _ };

/// `FTSENT`. The name follows, then the status and the whole path.
pub const Entry = extern struct {
    cycle: ?*Entry = null,
    parent: ?*Entry = null,
    link: ?*Entry = null,
    number: c_long = 0,
    pointer: ?*anyopaque = null,
    access_path: [*:0]u8,
    path: [*:0]u8,
    errno: c_int = 0,
    link_fd: c_int = -1,
    path_length: c_ushort,
    name_length: c_ushort,
    inode: u64 = 0,
    device: u64 = 0,
    links: u64 = 0,
    level: c_short,
    info: Info = .no_status_asked,
    flags: c_ushort = 0,
    instruction: Instruction = .none,
    status: *linux.Stat,

    const name_offset = @offsetOf(Entry, "status") + @sizeOf(usize);

    /// Level −1 is above the roots. Null without memory.
    pub fn make(path: []const u8, called: []const u8, parent: ?*Entry, level: c_short) ?*Entry {
        const status_at = std.mem.alignForward(usize, name_offset + called.len + 1, 16);
        const path_at = status_at + @sizeOf(linux.Stat);
        const memory = native.malloc(path_at + path.len + 1) orelse return null;
        const whole: [*:0]u8 = @ptrCast(memory + path_at);
        const self: *Entry = @ptrCast(@alignCast(memory));
        self.* = .{
            .access_path = whole,
            .path = whole,
            .path_length = @intCast(path.len),
            .name_length = @intCast(called.len),
            .level = level,
            .parent = parent,
            .status = @ptrCast(@alignCast(memory + status_at)),
        };
        copy(memory + name_offset, called);
        copy(memory + path_at, path);
        self.status.* = std.mem.zeroes(linux.Stat);
        return self;
    }

    fn nameStart(self: *Entry) [*:0]u8 {
        return @ptrCast(@as([*]u8, @ptrCast(self)) + name_offset);
    }

    pub fn name(self: *Entry) []const u8 {
        return std.mem.span(self.nameStart());
    }

    /// A root that is walked goes by the last part of the path that it was given as.
    pub fn shortenName(self: *Entry) void {
        const whole = self.name();
        const slash = std.mem.lastIndexOfScalar(u8, whole, '/') orelse return;
        if (slash == 0 and whole.len == 1) return;
        self.name_length = @intCast(whole.len - slash - 1);
        std.mem.copyForwards(u8, self.nameStart()[0 .. self.name_length + 1], whole.ptr[slash + 1 .. whole.len + 1]);
    }

    fn copy(to: [*]u8, text: []const u8) void {
        @memcpy(to[0..text.len], text);
        to[text.len] = 0;
    }

    /// Gives an entry and those that it is linked to back.
    pub fn freeList(first: ?*Entry) void {
        var next = first;
        while (next) |entry| {
            next = entry.link;
            native.free(entry);
        }
    }
};

pub const Compare = *const fn (*const *const Entry, *const *const Entry) callconv(.c) c_int;

/// `FTS`.
pub const Stream = extern struct {
    current: ?*Entry,
    children: ?*Entry = null,
    array: ?*anyopaque = null,
    device: u64 = 0,
    path: ?[*]u8 = null,
    root_fd: c_int = -1,
    path_length: c_int = 0,
    item_count: c_int = 0,
    compare: ?Compare,
    options: c_int,

    pub fn has(self: *const Stream, asked: c_int) bool {
        return self.options & asked != 0;
    }
};

pub const option = struct {
    pub const follow_roots = 0x1;
    pub const logical = 0x2;
    pub const no_status = 0x8;
    pub const see_dot = 0x20;
    pub const same_device = 0x40;
    /// Ours: the stream is the layer's.
    pub const remote = 1 << 30;
};

/// Entries in the program's order.
pub fn sort(first: ?*Entry, compare: Compare) ?*Entry {
    const head = first orelse return null;
    var middle = head;
    var end = head.link;
    if (end == null) return head;
    while (end) |at| {
        end = at.link orelse break;
        end = end.?.link;
        middle = middle.link.?;
    }
    const second = middle.link;
    middle.link = null;
    return merge(sort(head, compare), sort(second, compare), compare);
}

fn merge(left: ?*Entry, right: ?*Entry, compare: Compare) ?*Entry {
    var first: ?*Entry = null;
    var tail = &first;
    var a = left;
    var b = right;
    while (a != null and b != null) {
        const from = if (compare(&a.?, &b.?) <= 0) &a else &b;
        tail.* = from.*;
        tail = &from.*.?.link;
        from.* = tail.*;
    }
    tail.* = a orelse b;
    return first;
}

test "the structures are glibc's" {
    try std.testing.expectEqual(@as(usize, 104), @offsetOf(Entry, "status"));
    try std.testing.expectEqual(@as(usize, 64), @offsetOf(Stream, "options"));
}

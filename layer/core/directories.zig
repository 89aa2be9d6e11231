//! Names relative to a directory of the target: `cd /app; cat x` means the same file as `cat /app/x`.
//!
//! A process stands in, or has open, a shadow of the proxy's. Beneath the shadows' folder each shadow has a folder of its
//! own (a number), and in it the directory's whole name at the target: the kernel's own name of the place tells the name
//! there, whoever inherited it, and follows when the proxy renames a shadow.

const std = @import("std");
const linux = std.os.linux;
const calls = @import("call.zig");
const rules = @import("rules.zig");
const Session = @import("session.zig").Session;
const system = @import("system.zig");

const Call = calls.Call;
const Error = calls.Error;

/// Most directories' names fit: the call's room then is not needed for one of this machine.
const beginning_size = 256;

/// The name at the target of what the kernel calls `path`, if that lies in a shadow.
pub fn nameIn(session: *const Session, path: []const u8) ?[]const u8 {
    const folder = session.config.shadow_directory;
    if (!rules.isBeneath(path, folder) or path.len == folder.len) return null;
    const end = std.mem.indexOfScalarPos(u8, path, folder.len + 1, '/') orelse return "/";
    return path[end..];
}

/// Which of a call's paths is meant.
pub const Which = enum { first, second };

/// `path` as the absolute one that it means, if it is relative to a directory of the target or names a shadow; it then
/// stands in the call in the caller's place. Null: it is used as it is. `keeps_dots`: a "." or ".." at the end is told from
/// the directory that it names.
pub fn absolute(call: *Call, directory: i32, path: []const u8, which: Which, keeps_dots: bool) Error!?[:0]const u8 {
    const room = if (path[0] == '/') named: {
        const name = nameIn(call.session, path) orelse return null;
        const room = try call.roomOf(which);
        @memcpy(room[0..name.len], name);
        break :named .{ room, name.len, "" };
    } else named: {
        const name = try nameOf(call, directory, which) orelse return null;
        break :named .{ try call.roomOf(which), name.len, path };
    };
    const whole = join(room[0], room[1], room[2], keeps_dots) orelse return error.NameTooLong;
    switch (which) {
        .first => call.path = whole,
        .second => call.second_path = whole,
    }
    return whole;
}

/// As `absolute`, for what this process does without a call; null: `path` is used as it is.
pub fn absoluteHere(session: *const Session, path: []const u8, room: *[calls.path_limit]u8) ?[:0]const u8 {
    if (path.len == 0 or path[0] == '/' or !session.may_stand_in_target) return null;
    const found = system.workingDirectory(room) orelse return null;
    const name = nameIn(session, found) orelse return null;
    std.mem.copyForwards(u8, room[0..name.len], name);
    return join(room, name.len, path, false);
}

/// The target's name of the directory that is open as `fd`, or of the working directory (AT_FDCWD), at the front of the
/// call's room; null if it is one of this machine's. The root is nobody's: who walks down from it name by name, as
/// programs do that mistrust links, comes to both.
pub fn nameOf(call: *Call, fd: i32, which: Which) Error!?[]const u8 {
    const found = if (fd == system.AT_FDCWD) try standing(call, which) else try opened(call, fd, which);
    const path = found orelse return null;
    const name = nameIn(call.session, path) orelse if (path.len == 1) path else return null;
    const room = try call.roomOf(which);
    std.mem.copyForwards(u8, room[0..name.len], name);
    return room[0..name.len];
}

/// Whether the working directory was removed, which may have been the target's: no relative name leads anywhere.
pub fn isNowhere(call: *Call) Error!bool {
    if (!call.session.may_stand_in_target) return false;
    return try call.caller.workingDirectory(try call.roomOf(.first)) == null;
}

fn standing(call: *Call, which: Which) Error!?[]const u8 {
    if (!call.session.may_stand_in_target) return null;
    var beginning: [beginning_size]u8 = undefined;
    const short = try call.caller.workingDirectory(&beginning) orelse
        return call.caller.workingDirectory(try call.roomOf(which));
    if (nameIn(call.session, short) == null) return null;
    const room = try call.roomOf(which);
    @memcpy(room[0..short.len], short);
    return room[0..short.len];
}

fn opened(call: *Call, fd: i32, which: Which) Error!?[]const u8 {
    const borrowed = try call.caller.borrow(fd);
    defer call.caller.release(borrowed);
    var stat: linux.Stat = undefined;
    if (system.fstat(borrowed, &stat) < 0 or !linux.S.ISDIR(stat.mode)) return null;
    if (call.session.isRoot(&stat)) return "/";
    if (!call.session.isStandIn(&stat)) return null;
    // One that was removed has no name; the kernel finds nothing in it.
    if (stat.nlink == 0) return null;
    var link: [48]u8 = undefined;
    const path = std.fmt.bufPrintZ(&link, "/proc/thread-self/fd/{d}", .{borrowed}) catch unreachable;
    // Without /proc nobody knows what is meant: an error rather than the shadow's empty files.
    return system.readLink(path, try call.roomOf(which)) orelse error.Gone;
}

/// Puts `path` behind the directory's name, which is the first `length` bytes of `room`. The name has no symbolic links in
/// it, so that ".." at the front can be taken literally.
fn join(room: *[calls.path_limit]u8, length: usize, path: []const u8, keeps_dots: bool) ?[:0]const u8 {
    var end = if (length == 1) 0 else length; // "/"
    var rest = path;
    while (true) {
        const step_end = std.mem.indexOfScalar(u8, rest, '/') orelse rest.len;
        const step = rest[0..step_end];
        const after = std.mem.trimLeft(u8, rest[step_end..], "/");
        if (after.len == 0 and keeps_dots) break;
        if (std.mem.eql(u8, step, "..")) {
            end = std.mem.lastIndexOfScalar(u8, room[0..end], '/') orelse 0;
        } else if (!std.mem.eql(u8, step, ".")) break;
        rest = after;
        if (rest.len == 0) break;
    }
    const separator = @intFromBool(rest.len > 0 or end == 0);
    const total = end + separator + rest.len;
    if (total >= room.len) return null;
    if (separator == 1) room[end] = '/';
    @memcpy(room[end + separator ..][0..rest.len], rest);
    room[total] = 0;
    return room[0..total :0];
}

test "relative names are put behind the directory's" {
    const cases = [_]struct { []const u8, []const u8, []const u8, []const u8 }{
        // Directory, name; the path, and the one with its dots at the end kept.
        .{ "/srv", "x", "/srv/x", "/srv/x" },
        .{ "/srv", ".", "/srv", "/srv/." },
        .{ "/srv/app", "..", "/srv", "/srv/app/.." },
        .{ "/srv/app", "../../", "/", "/srv/../" },
        .{ "/srv/app", "../../../etc", "/etc", "/etc" },
        .{ "/srv/app", "./../x/../y/", "/srv/x/../y/", "/srv/x/../y/" },
        .{ "/srv", ".//x", "/srv/x", "/srv/x" },
        .{ "/srv", "..x", "/srv/..x", "/srv/..x" },
        .{ "/", "x", "/x", "/x" },
        .{ "/", "..", "/", "/.." },
    };
    for (cases) |case| for ([_]bool{ false, true }, [_][]const u8{ case[2], case[3] }) |keeps_dots, expected| {
        var room: [calls.path_limit]u8 = undefined;
        @memcpy(room[0..case[0].len], case[0]);
        try std.testing.expectEqualStrings(expected, join(&room, case[0].len, case[1], keeps_dots).?);
    };
    var room: [calls.path_limit]u8 = @splat('a');
    try std.testing.expect(join(&room, 4000, "b" ** 95, false) == null);
    try std.testing.expect(join(&room, 4000, "b" ** 94, false) != null);
}

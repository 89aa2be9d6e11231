//! Through syscall(2): calls that change files, close and flush them, watch them, and change the working directory.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const flushing = @import("flushing.zig");
const native = @import("../native.zig");
const root = @import("root.zig");
const state = @import("../state.zig");
const watching = @import("watching.zig");
const working_directory = @import("working_directory.zig");

const Words = [6]usize;

/// The result, or null for other calls.
pub fn perform(number: c_long, words: Words) ?isize {
    const call = std.meta.intToEnum(linux.SYS, number) catch return null;
    switch (call) {
        .close => {
            const flushed = flushing.flush(int(words[0]), .close);
            const closed = kernel(call, words);
            return if (closed == 0) @intCast(@min(flushed, 0)) else closed;
        },
        .inotify_add_watch => {
            const asked = watching.asked(int(words[0]), @ptrFromInt(words[1]), @truncate(words[2]));
            return visit(call, words, asked, .{ words[1], 0 });
        },
        .chdir => return visit(call, words, .{ .change_directory = .{ .path = words[0] } }, .{ words[0], 0 }),
        .fchdir => return visit(call, words, .{ .change_to_descriptor = .{ .fd = int(words[0]) } }, .{ 0, 0 }),
        .getcwd => {
            const buffer: [*]u8 = @ptrFromInt(@max(1, words[0]));
            return @intCast(working_directory.targetName(buffer, words[1]) orelse return null);
        },
        .chroot => return if (root.chroot(@ptrFromInt(words[0])) < 0) -@as(isize, native.getErrno()) else 0,
        else => if (isRefused(call)) return -@as(isize, @intFromEnum(linux.E.NOSYS)),
    }
    const given = words[0..5].*;
    const asked = (core.changes.arguments(call, given, door.own_memory) catch return null) orelse return null;
    if (asked == .flush) return visit(call, words, asked, .{ 0, 0 });
    const places = core.placesOf(asked);
    return visit(call, words, asked, .{ places[0].?.path, if (places[1]) |second| second.path else 0 });
}

/// Calls too new to be needed, which would pass by: not known, as on an older kernel.
fn isRefused(call: linux.SYS) bool {
    if (state.session.config.files_mode == 0) return false;
    return std.mem.indexOfScalar(linux.SYS, &core.changes.refused_calls, call) != null;
}

/// `paths`: where the call's paths lie; the words that are these addresses are what a mapping replaces.
fn visit(call: linux.SYS, words: Words, asked: core.Arguments, paths: [2]usize) isize {
    var v: door.Visit = undefined;
    defer v.end();
    switch (v.start(asked)) {
        .value => |value| return @intCast(value),
        .local => {},
    }
    var rewritten = words;
    for (&rewritten) |*word| {
        if (word.* == 0) continue;
        if (word.* == paths[0]) {
            word.* = @intFromPtr(v.path(@ptrFromInt(word.*)));
        } else if (word.* == paths[1]) {
            word.* = @intFromPtr(v.secondPath(@ptrFromInt(word.*)));
        }
    }
    return kernel(call, rewritten);
}

fn int(word: usize) c_int {
    return @bitCast(@as(u32, @truncate(word)));
}

fn kernel(call: linux.SYS, words: Words) isize {
    return @bitCast(linux.syscall6(call, words[0], words[1], words[2], words[3], words[4], words[5]));
}

//! fopen(3) and freopen(3): libc opens inside them, where no hook sees it.

const std = @import("std");
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const flushing = @import("flushing.zig");
const opening = @import("opening.zig");
const O = core.system.O;
const Path = native.Path;

const File = ?*anyopaque;
const FileOpen = *const fn (Path, Path) callconv(.c) File;
const Reopen = *const fn (Path, Path, File) callconv(.c) File;
const DescriptorOpen = *const fn (c_int, Path) callconv(.c) File;

/// The flags of open(2) that a mode such as "r+e" stands for; null if it is none.
fn flagsOf(mode: Path) ?u32 {
    const text = std.mem.span(mode orelse return null);
    if (text.len == 0) return null;
    var flags: u32 = switch (text[0]) {
        'r' => O.RDONLY,
        'w' => O.WRONLY | O.CREAT | O.TRUNC,
        'a' => O.WRONLY | O.CREAT | O.APPEND,
        else => return null,
    };
    for (text[1..]) |letter| switch (letter) {
        '+' => flags = (flags & ~O.ACCMODE) | O.RDWR,
        'e' => flags |= O.CLOEXEC,
        'x' => flags |= O.EXCL,
        // What follows names a character set.
        ',' => break,
        else => {},
    };
    return flags;
}

fn fopen(comptime name: [:0]const u8) FileOpen {
    return struct {
        fn hook(path: Path, mode: Path) callconv(.c) File {
            var v: door.Visit = undefined;
            const flags = flagsOf(mode) orelse return native.call(name, FileOpen, .{ path, mode });
            const opened = opening.remote(&v, path, flags);
            defer v.end();
            const fd = native.result(c_int, opened orelse return native.call(name, FileOpen, .{ v.path(path), mode }));
            if (fd < 0) return null;
            return native.call("fdopen", DescriptorOpen, .{ fd, mode }) orelse {
                core.system.close(fd);
                return null;
            };
        }
    }.hook;
}

/// The stream is opened anew on the descriptor's path below /proc, as only libc can exchange what is behind a stream.
fn freopen(comptime name: [:0]const u8) Reopen {
    return struct {
        fn hook(path: Path, mode: Path, stream: File) callconv(.c) File {
            var v: door.Visit = undefined;
            const flags = flagsOf(mode);
            // What the stream was before is closed inside.
            _ = flushing.flushStream(stream);
            if (path == null or flags == null) return native.call(name, Reopen, .{ path, mode, stream });
            const opened = opening.remote(&v, path, flags.? | O.CLOEXEC);
            defer v.end();
            const value = opened orelse return native.call(name, Reopen, .{ v.path(path), mode, stream });
            if (value < 0) return closeUnopened(name, mode, stream, value);
            const fd: c_int = @intCast(value);
            defer core.system.close(fd);
            var buffer: [48]u8 = undefined;
            const link = std.fmt.bufPrintZ(&buffer, "/proc/self/fd/{d}", .{fd}) catch unreachable;
            return native.call(name, Reopen, .{ link.ptr, mode, stream });
        }
    }.hook;
}

/// A freopen that can't open has closed the stream all the same.
fn closeUnopened(comptime name: [:0]const u8, mode: Path, stream: File, result: i64) File {
    const closed = native.call(name, Reopen, .{ "/dev/null/", mode, stream });
    _ = native.result(c_int, result);
    return closed;
}

comptime {
    for (.{ "fopen", "fopen64", "_IO_fopen" }) |name| @export(fopen(name), .{ .name = name });
    for (.{ "freopen", "freopen64" }) |name| @export(freopen(name), .{ .name = name });
}

test "modes of fopen" {
    try std.testing.expectEqual(O.RDONLY, flagsOf("rb").?);
    try std.testing.expectEqual(O.RDWR | O.CLOEXEC, flagsOf("r+e").?);
    try std.testing.expectEqual(O.RDWR | O.CREAT | O.TRUNC | O.EXCL, flagsOf("w+x").?);
    try std.testing.expectEqual(O.WRONLY | O.CREAT | O.APPEND, flagsOf("a,ccs=x+").?);
    try std.testing.expect(flagsOf("") == null and flagsOf("q") == null and flagsOf(null) == null);
}

//! mkstemp(3) and its kin: libc opens inside them, where no hook sees it. Names in a remote directory are tried here.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const changing = @import("changing.zig");
const door = @import("../door.zig");
const native = @import("../native.zig");
const opening = @import("opening.zig");
const system = core.system;
const AT_FDCWD = system.AT_FDCWD;
const O = system.O;

const Template = ?[*:0]u8;
const MakeDirectory = *const fn (Template) callconv(.c) Template;
const Make = *const fn (Template) callconv(.c) c_int;
const MakeWithFlags = *const fn (Template, c_int) callconv(.c) c_int;
const MakeWithSuffix = *const fn (Template, c_int) callconv(.c) c_int;
const MakeWithBoth = *const fn (Template, c_int, c_int) callconv(.c) c_int;

/// The letters that are exchanged, "XXXXXX" in the template.
const random_length = 6;
const attempts = 100;
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The six letters of a template that leads to the target; null if the native function is to be called, which also
/// finds what is wrong with a template.
fn remoteLetters(template: Template, suffix: c_int) ?*[random_length]u8 {
    if (suffix < 0) return null;
    const text = std.mem.span(template orelse return null);
    const after: usize = @intCast(suffix);
    if (text.len < random_length + after) return null;
    switch (door.verdictOn(text, true)) {
        .remote, .ask => {},
        .local, .not_found => return null,
    }
    const found = text[text.len - after - random_length ..][0..random_length];
    return if (std.mem.eql(u8, found, "XXXXXX")) found else null;
}

/// Puts names into `place` until `attempt(context)` gives something else than EEXIST.
fn search(place: *[random_length]u8, context: anytype, comptime attempt: fn (@TypeOf(context)) i64) i64 {
    const taken = -@as(i64, @intFromEnum(linux.E.EXIST));
    for (0..attempts) |_| {
        randomize(place);
        const result = attempt(context);
        if (result != taken) return result;
    }
    return taken;
}

fn randomize(place: *[random_length]u8) void {
    var bytes: [random_length]u8 = undefined;
    _ = linux.getrandom(&bytes, bytes.len, 0);
    for (place, bytes) |*letter, byte| letter.* = letters[byte % letters.len];
}

fn mkdtemp(template: Template) callconv(.c) Template {
    const place = remoteLetters(template, 0) orelse return native.call("mkdtemp", MakeDirectory, .{template});
    return if (native.result(c_int, search(place, @as(native.Path, template), makeDirectory)) < 0) null else template;
}

fn makeDirectory(path: native.Path) i64 {
    const owner_only = 0o700;
    return changing.makeDirectory(path, owner_only);
}

const File = struct { path: native.Path, flags: u32 };

fn create(file: File) i64 {
    var v: door.Visit = undefined;
    defer v.end();
    const owner_only = 0o600;
    return switch (opening.visit(&v, AT_FDCWD, file.path, @bitCast(file.flags), owner_only)) {
        .local => system.openat(AT_FDCWD, v.path(file.path).?, file.flags, owner_only),
        .value => |value| value,
    };
}

/// The new file's descriptor; null if the native function is to be called.
fn makeFile(template: Template, suffix: c_int, flags: c_int) ?c_int {
    const place = remoteLetters(template, suffix) orelse return null;
    const all = (@as(u32, @bitCast(flags)) & ~O.ACCMODE) | O.RDWR | O.CREAT | O.EXCL;
    return native.result(c_int, search(place, File{ .path = template, .flags = all }, create));
}

fn plain(comptime name: [:0]const u8) Make {
    return struct {
        fn hook(template: Template) callconv(.c) c_int {
            return makeFile(template, 0, 0) orelse native.call(name, Make, .{template});
        }
    }.hook;
}

fn withFlags(comptime name: [:0]const u8) MakeWithFlags {
    return struct {
        fn hook(template: Template, flags: c_int) callconv(.c) c_int {
            return makeFile(template, 0, flags) orelse native.call(name, MakeWithFlags, .{ template, flags });
        }
    }.hook;
}

fn withSuffix(comptime name: [:0]const u8) MakeWithSuffix {
    return struct {
        fn hook(template: Template, suffix: c_int) callconv(.c) c_int {
            return makeFile(template, suffix, 0) orelse native.call(name, MakeWithSuffix, .{ template, suffix });
        }
    }.hook;
}

fn withBoth(comptime name: [:0]const u8) MakeWithBoth {
    return struct {
        fn hook(template: Template, suffix: c_int, flags: c_int) callconv(.c) c_int {
            return makeFile(template, suffix, flags) orelse
                native.call(name, MakeWithBoth, .{ template, suffix, flags });
        }
    }.hook;
}

comptime {
    @export(&mkdtemp, .{ .name = "mkdtemp" });
    for (.{ "mkstemp", "mkstemp64" }) |name| @export(plain(name), .{ .name = name });
    for (.{ "mkostemp", "mkostemp64" }) |name| @export(withFlags(name), .{ .name = name });
    for (.{ "mkstemps", "mkstemps64" }) |name| @export(withSuffix(name), .{ .name = name });
    for (.{ "mkostemps", "mkostemps64" }) |name| @export(withBoth(name), .{ .name = name });
}

test "a name is tried until it is free" {
    var place: [random_length]u8 = "XXXXXX".*;
    var left: i64 = 3;
    const Counter = struct {
        fn attempt(count: *i64) i64 {
            count.* -= 1;
            return if (count.* == 0) 9 else -@as(i64, @intFromEnum(linux.E.EXIST));
        }
    };
    try std.testing.expectEqual(@as(i64, 9), search(&place, &left, Counter.attempt));
    try std.testing.expect(!std.mem.eql(u8, &place, "XXXXXX"));
    left = -1;
    try std.testing.expectEqual(-@as(i64, @intFromEnum(linux.E.EXIST)), search(&place, &left, Counter.attempt));
}

//! The functions behind the hooks: what libc (or another library after the layer) defines under the same name.

const std = @import("std");
const symbols = @import("symbols.zig");

/// A path as C passes it.
pub const Path = ?[*:0]const u8;

/// The next definition of `name`, looked up once. `Function` is a pointer to a C function.
/// Null on a libc that does not have it (the program then can't call it through the layer either).
pub fn find(comptime name: [:0]const u8, comptime Function: type) ?Function {
    return cached(name, Function, symbols.next);
}

/// As `find`, but what the program itself binds to: for allocators, which a program may replace.
pub fn findGlobal(comptime name: [:0]const u8, comptime Function: type) ?Function {
    return cached(name, Function, symbols.global);
}

const missing = 1;

fn cached(comptime name: [:0]const u8, comptime Function: type, comptime look: fn ([]const u8) ?usize) ?Function {
    const Slot = struct {
        // Without the name in it, all instances would be one type and share one address.
        const key = name;
        const way = look;
        var address: usize = 0;
    };
    var found = @atomicLoad(usize, &Slot.address, .acquire);
    if (found == 0) {
        // Looking up twice at once is harmless: both find the same.
        found = look(name) orelse missing;
        @atomicStore(usize, &Slot.address, found, .release);
    }
    return if (found == missing) null else @ptrFromInt(found);
}

/// Calls the next definition of `name`; without one, the call fails with ENOSYS.
pub inline fn call(comptime name: [:0]const u8, comptime Function: type, arguments: anytype) Returned(Function) {
    if (find(name, Function)) |function| return @call(.auto, function, arguments);
    setErrno(@intFromEnum(std.os.linux.E.NOSYS));
    return switch (@typeInfo(Returned(Function))) {
        .int => -1,
        .optional => null,
        else => comptime unreachable,
    };
}

/// What a C function takes, as a tuple.
pub fn ArgumentsOf(comptime Function: type) type {
    return std.meta.ArgsTuple(@typeInfo(Function).pointer.child);
}

pub fn Returned(comptime Function: type) type {
    return @typeInfo(@typeInfo(Function).pointer.child).@"fn".return_type.?;
}

/// The C memory functions of the program.
pub fn malloc(size: usize) ?[*]align(16) u8 {
    const function = findGlobal("malloc", *const fn (usize) callconv(.c) ?*anyopaque) orelse return null;
    return @ptrCast(@alignCast(function(size) orelse return null));
}
pub fn free(memory: ?*anyopaque) void {
    const function = findGlobal("free", *const fn (?*anyopaque) callconv(.c) void) orelse return;
    function(memory);
}

/// The errno of this thread. It belongs to libc: without libc there are no callers of hooks.
pub fn setErrno(value: i32) void {
    const location = find("__errno_location", *const fn () callconv(.c) *c_int) orelse return;
    location().* = value;
}
pub fn getErrno() i32 {
    const location = find("__errno_location", *const fn () callconv(.c) *c_int) orelse return 0;
    return location().*;
}

/// Turns a value or −errno into C's convention.
pub fn result(comptime T: type, value: i64) T {
    if (value >= 0 or value < -4095) return @intCast(value);
    setErrno(@intCast(-value));
    return -1;
}

/// Whether the program's libc is glibc.
pub fn isGlibc() bool {
    return find("gnu_get_libc_version", *const fn () callconv(.c) [*:0]const u8) != null;
}

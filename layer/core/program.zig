//! Which door an executable file needs. A library can be preloaded into what has a dynamic loader; static programs, those
//! that make their system calls by themselves, 32-bit ones and those that raise their rights need the supervisor.

const std = @import("std");
const Executable = @import("executable.zig").Executable;
const rights = @import("rights.zig");
const system = @import("system.zig");

pub const Door = enum {
    preload,
    supervisor,
    /// Not a program that we know: started as it is.
    none,
    /// It raises its rights, and we may not supervise it: started as it is.
    closed,
};

/// What the configuration says about it.
pub const Choice = enum(u8) { by_file = 0, preload = 1, supervisor = 2 };

/// A program that has no name is handed to the supervisor as an open descriptor, by this path and its number.
pub const inherited_path = "/proc/self/fd/";

/// Scripts name an interpreter, which may be a script again; the kernel follows as many.
const script_depth = 5;

/// Looks at the file that `path` names, scripts followed to their interpreter.
pub fn doorOf(path: [*:0]const u8, choice: Choice) Door {
    var interpreter: [256:0]u8 = undefined;
    var file = path;
    for (0..script_depth) |_| {
        const opened = system.openat(system.AT_FDCWD, file, system.O.CLOEXEC, 0);
        if (opened < 0) return .none;
        const fd: i32 = @intCast(opened);
        defer system.close(fd);
        var head: [512]u8 = undefined;
        const n = system.pread(fd, &head, 0);
        if (n < 4) return .none;
        const read = head[0..@intCast(n)];
        if (!std.mem.startsWith(u8, read, "#!")) return doorOfBinary(fd, read, choice);
        const name = interpreterOf(read) orelse return .none;
        @memcpy(interpreter[0..name.len], name);
        interpreter[name.len] = 0;
        file = &interpreter;
    }
    return .none;
}

/// As `doorOf`, for an open file. Scripts are not followed: they can't be executed by descriptor in general.
pub fn doorOfDescriptor(fd: i32, choice: Choice) Door {
    var head: [512]u8 = undefined;
    const n = system.pread(fd, &head, 0);
    return if (n < 4) .none else doorOfBinary(fd, head[0..@intCast(n)], choice);
}

/// The interpreter named in a script's first line (`#! /bin/sh -e`).
fn interpreterOf(head: []const u8) ?[]const u8 {
    const line = head[2 .. std.mem.indexOfScalar(u8, head, '\n') orelse head.len];
    const trimmed = std.mem.trim(u8, line, " \t");
    const name = trimmed[0 .. std.mem.indexOfAny(u8, trimmed, " \t") orelse trimmed.len];
    return if (name.len == 0 or name.len >= 256) null else name;
}

fn doorOfBinary(fd: i32, head: []const u8, choice: Choice) Door {
    const executable = Executable.read(fd, head) orelse return .none;
    if (rights.areRaisedBy(fd)) return if (rights.maySupervise()) .supervisor else .closed;
    return switch (choice) {
        .by_file => if (executable.canBePreloaded()) .preload else .supervisor,
        .preload => .preload,
        .supervisor => .supervisor,
    };
}

const testing = std.testing;

test "a script's interpreter" {
    try testing.expectEqualStrings("/bin/sh", interpreterOf("#!/bin/sh\necho").?);
    try testing.expectEqualStrings("/usr/bin/env", interpreterOf("#! /usr/bin/env python3 -u\n").?);
    try testing.expect(interpreterOf("#!\n") == null);
}

test "this machine's shell can be preloaded, this static test can't; either can be forced" {
    try testing.expectEqual(Door.preload, doorOf("/bin/sh", .by_file));
    try testing.expectEqual(Door.supervisor, doorOf("/bin/sh", .supervisor));
    try testing.expectEqual(Door.supervisor, doorOf("/proc/self/exe", .by_file));
    try testing.expectEqual(Door.preload, doorOf("/proc/self/exe", .preload));
    try testing.expectEqual(Door.none, doorOf("/etc/passwd", .by_file));
    try testing.expectEqual(Door.none, doorOf("/nowhere", .by_file));
}

//! Which door an executable file needs. A library can be preloaded into what has a dynamic loader; static programs and Go
//! (which makes its system calls by itself even when it uses libc) need the supervisor.

const std = @import("std");
const elf = std.elf;
const builtin = @import("builtin");
const linux = std.os.linux;
const system = @import("system.zig");

pub const Door = enum {
    preload,
    supervisor,
    /// Not a program that we know, or one with privileges of its own: started as it is.
    none,
};

/// Scripts name an interpreter, which may be a script again; the kernel follows as many.
const script_depth = 5;

/// Looks at the file that `path` names, scripts followed to their interpreter.
pub fn doorOf(path: [*:0]const u8) Door {
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
        if (!std.mem.startsWith(u8, read, "#!")) return doorOfBinary(fd, read);
        const name = interpreterOf(read) orelse return .none;
        @memcpy(interpreter[0..name.len], name);
        interpreter[name.len] = 0;
        file = &interpreter;
    }
    return .none;
}

/// As `doorOf`, for an open file. Scripts are not followed: they can't be executed by descriptor in general.
pub fn doorOfDescriptor(fd: i32) Door {
    var head: [512]u8 = undefined;
    const n = system.pread(fd, &head, 0);
    return if (n < 4) .none else doorOfBinary(fd, head[0..@intCast(n)]);
}

/// The interpreter named in a script's first line (`#! /bin/sh -e`).
fn interpreterOf(head: []const u8) ?[]const u8 {
    const line = head[2 .. std.mem.indexOfScalar(u8, head, '\n') orelse head.len];
    const trimmed = std.mem.trim(u8, line, " \t");
    const name = trimmed[0 .. std.mem.indexOfAny(u8, trimmed, " \t") orelse trimmed.len];
    return if (name.len == 0 or name.len >= 256) null else name;
}

fn doorOfBinary(fd: i32, head: []const u8) Door {
    if (head.len < @sizeOf(elf.Elf64_Ehdr)) return .none;
    const header = std.mem.bytesToValue(elf.Elf64_Ehdr, head[0..@sizeOf(elf.Elf64_Ehdr)]);
    if (!std.mem.eql(u8, header.e_ident[0..4], elf.MAGIC)) return .none;
    if (header.e_ident[elf.EI_CLASS] != elf.ELFCLASS64) return .none;
    if (header.e_machine != builtin.target.toElfMachine()) return .none;
    if (gainsPrivileges(fd)) return .none;
    var facts = Facts{};
    const count = @min(header.e_phnum, 64);
    for (0..count) |i| {
        var entry: elf.Elf64_Phdr = undefined;
        const at = header.e_phoff + i * header.e_phentsize;
        if (!readAt(fd, std.mem.asBytes(&entry), at)) return .none;
        facts.take(fd, &entry);
    }
    return facts.door();
}

/// Set-user-id programs would lose their privileges below the supervisor, and ignore a preloaded library.
fn gainsPrivileges(fd: i32) bool {
    var stat: linux.Stat = undefined;
    if (system.fstat(fd, &stat) < 0) return true;
    return stat.mode & (linux.S.ISUID | linux.S.ISGID) != 0;
}

fn readAt(fd: i32, into: []u8, offset: u64) bool {
    return system.pread(fd, into, offset) == into.len;
}

const Facts = struct {
    interpreter: bool = false,
    needs_library: bool = false,
    is_library: bool = false,
    go: bool = false,

    fn take(self: *Facts, fd: i32, header: *const elf.Elf64_Phdr) void {
        switch (header.p_type) {
            elf.PT_INTERP => self.interpreter = true,
            elf.PT_DYNAMIC => self.takeDynamic(fd, header),
            elf.PT_NOTE => self.takeNotes(fd, header),
            else => {},
        }
    }

    fn takeDynamic(self: *Facts, fd: i32, header: *const elf.Elf64_Phdr) void {
        var entries: [128]elf.Elf64_Dyn = undefined;
        const size = @min(header.p_filesz, @sizeOf(@TypeOf(entries)));
        const n = system.pread(fd, std.mem.asBytes(&entries)[0..size], header.p_offset);
        if (n <= 0) return;
        for (entries[0 .. @as(usize, @intCast(n)) / @sizeOf(elf.Elf64_Dyn)]) |entry| {
            if (entry.d_tag == elf.DT_NULL) return;
            if (entry.d_tag == elf.DT_NEEDED) self.needs_library = true;
            if (entry.d_tag == elf.DT_SONAME) self.is_library = true;
        }
    }

    /// Go's linker leaves its build id as a note, in stripped files and in those that libc's linker made, too.
    fn takeNotes(self: *Facts, fd: i32, header: *const elf.Elf64_Phdr) void {
        var notes: [512]u8 = undefined;
        const n = system.pread(fd, notes[0..@min(header.p_filesz, notes.len)], header.p_offset);
        if (n <= 0) return;
        if (hasGoNote(notes[0..@intCast(n)])) self.go = true;
    }

    fn door(self: *const Facts) Door {
        if (self.go) return .supervisor;
        if (self.interpreter) return if (self.needs_library) .preload else .supervisor;
        // The dynamic loader itself, started as a command, has no interpreter but loads what it is told.
        return if (self.is_library) .preload else .supervisor;
    }
};

/// Each note: lengths of name and description, a type, then both padded to 4 bytes.
fn hasGoNote(notes: []const u8) bool {
    var left = notes;
    while (left.len >= 16) {
        const name_length = std.mem.readInt(u32, left[0..4], .little);
        const description_length = std.mem.readInt(u32, left[4..8], .little);
        if (name_length == 4 and std.mem.eql(u8, left[12..16], "Go\x00\x00")) return true;
        const size = 12 + pad(name_length) + pad(description_length);
        if (size > left.len) return false;
        left = left[@intCast(size)..];
    }
    return false;
}

fn pad(length: u64) u64 {
    return (length + 3) & ~@as(u64, 3);
}

const testing = std.testing;

test "a script's interpreter" {
    try testing.expectEqualStrings("/bin/sh", interpreterOf("#!/bin/sh\necho").?);
    try testing.expectEqualStrings("/usr/bin/env", interpreterOf("#! /usr/bin/env python3 -u\n").?);
    try testing.expect(interpreterOf("#!\n") == null);
}

test "notes of Go and of others" {
    const gnu = [_]u8{ 4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0 } ++ "GNU\x00abcd".*;
    const go = [_]u8{ 4, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0 } ++ "Go\x00\x00id\x00\x00".*;
    try testing.expect(!hasGoNote(&gnu));
    try testing.expect(hasGoNote(&(gnu ++ go)));
    try testing.expect(!hasGoNote(&.{ 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0 }));
}

test "this machine's shell can be preloaded, this static test can't" {
    try testing.expectEqual(Door.preload, doorOf("/bin/sh"));
    try testing.expectEqual(Door.supervisor, doorOf("/proc/self/exe"));
    try testing.expectEqual(Door.none, doorOf("/etc/passwd"));
    try testing.expectEqual(Door.none, doorOf("/nowhere"));
}

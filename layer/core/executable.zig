//! What the file of a program tells: for which processor it is, and whether its system calls go through a C library.

const std = @import("std");
const elf = std.elf;
const builtin = @import("builtin");
const system = @import("system.zig");

pub const Executable = struct {
    /// For the 32-bit call table of this processor family (i386).
    narrow: bool = false,
    interpreter: bool = false,
    needs_library: bool = false,
    is_library: bool = false,
    /// Made by something that makes system calls by itself even when it is linked with libc: Go, Bun.
    bypasses_library: bool = false,
    /// AddressSanitizer's library refuses to run behind any other.
    sanitized: bool = false,

    /// The first needed library's name, as an offset in the strings, which lie at this address.
    first_needed: ?u64 = null,
    strings: u64 = 0,

    /// Null: not a program that this machine can execute.
    pub fn read(fd: i32, head: []const u8) ?Executable {
        if (head.len < @sizeOf(elf.Elf64_Ehdr)) return null;
        const header = std.mem.bytesToValue(elf.Elf64_Ehdr, head[0..@sizeOf(elf.Elf64_Ehdr)]);
        if (!std.mem.eql(u8, header.e_ident[0..4], elf.MAGIC)) return null;
        if (header.e_ident[elf.EI_CLASS] == elf.ELFCLASS32) {
            const is_i386 = builtin.cpu.arch == .x86_64 and header.e_machine == .@"386";
            return if (is_i386) .{ .narrow = true } else null;
        }
        if (header.e_machine != builtin.target.toElfMachine()) return null;
        var self = Executable{};
        for (0..@min(header.e_phnum, 64)) |i| {
            var entry: elf.Elf64_Phdr = undefined;
            if (!readAt(fd, std.mem.asBytes(&entry), header.e_phoff +| i * header.e_phentsize)) return null;
            self.takeSegment(fd, &entry);
        }
        if (self.first_needed) |name| self.sanitized = isSanitizer(fd, &header, name, self.strings);
        // Static programs go below the supervisor anyway.
        if (self.interpreter and !self.bypasses_library) self.takeSections(fd, &header);
        return self;
    }

    pub fn canBePreloaded(self: *const Executable) bool {
        if (self.narrow or self.bypasses_library or self.sanitized) return false;
        // The dynamic loader itself, started as a command, has no interpreter but loads what it is told.
        return if (self.interpreter) self.needs_library else self.is_library;
    }

    fn takeSegment(self: *Executable, fd: i32, header: *const elf.Elf64_Phdr) void {
        switch (header.p_type) {
            elf.PT_INTERP => self.interpreter = true,
            elf.PT_DYNAMIC => self.takeDynamic(fd, header),
            elf.PT_NOTE => self.takeNotes(fd, header),
            else => {},
        }
    }

    fn takeDynamic(self: *Executable, fd: i32, header: *const elf.Elf64_Phdr) void {
        var entries: [128]elf.Elf64_Dyn = undefined;
        const size = @min(header.p_filesz, @sizeOf(@TypeOf(entries)));
        const n = system.pread(fd, std.mem.asBytes(&entries)[0..size], header.p_offset);
        if (n <= 0) return;
        for (entries[0 .. @as(usize, @intCast(n)) / @sizeOf(elf.Elf64_Dyn)]) |entry| {
            if (entry.d_tag == elf.DT_NULL) return;
            if (entry.d_tag == elf.DT_NEEDED) {
                self.needs_library = true;
                if (self.first_needed == null) self.first_needed = entry.d_val;
            }
            if (entry.d_tag == elf.DT_STRTAB) self.strings = entry.d_val;
            if (entry.d_tag == elf.DT_SONAME) self.is_library = true;
        }
    }

    /// Go's linker leaves its build id as a note, in stripped files and in those that libc's linker made, too.
    fn takeNotes(self: *Executable, fd: i32, header: *const elf.Elf64_Phdr) void {
        var notes: [512]u8 = undefined;
        const n = system.pread(fd, notes[0..@min(header.p_filesz, notes.len)], header.p_offset);
        if (n <= 0) return;
        if (hasGoNote(notes[0..@intCast(n)])) self.bypasses_library = true;
    }

    /// Bun shows by the section for its scripts; Go built without a build id by that of its build's description.
    fn takeSections(self: *Executable, fd: i32, header: *const elf.Elf64_Ehdr) void {
        if (header.e_shentsize != @sizeOf(elf.Elf64_Shdr) or header.e_shstrndx >= header.e_shnum) return;
        var strings: elf.Elf64_Shdr = undefined;
        const place = header.e_shoff +| @as(u64, header.e_shstrndx) * @sizeOf(elf.Elf64_Shdr);
        if (!readAt(fd, std.mem.asBytes(&strings), place)) return;
        var names: [1024]u8 = undefined;
        const n = system.pread(fd, names[0..@min(strings.sh_size, names.len)], strings.sh_offset);
        if (n <= 0) return;
        self.bypasses_library = hasTellingSection(names[0..@intCast(n)]);
    }
};

fn readAt(fd: i32, into: []u8, offset: u64) bool {
    return system.pread(fd, into, offset) == into.len;
}

fn isSanitizer(fd: i32, header: *const elf.Elf64_Ehdr, name: u64, strings: u64) bool {
    const expected = "libasan.so.";
    for (0..@min(header.e_phnum, 64)) |i| {
        var entry: elf.Elf64_Phdr = undefined;
        if (!readAt(fd, std.mem.asBytes(&entry), header.e_phoff + i * header.e_phentsize)) return false;
        if (entry.p_type != elf.PT_LOAD or strings < entry.p_vaddr or strings >= entry.p_vaddr + entry.p_filesz) continue;
        var text: [expected.len]u8 = undefined;
        return readAt(fd, &text, strings - entry.p_vaddr + entry.p_offset + name) and std.mem.eql(u8, &text, expected);
    }
    return false;
}

/// The names of all sections, each ended by a NUL.
fn hasTellingSection(names: []const u8) bool {
    var each = std.mem.splitScalar(u8, names, 0);
    while (each.next()) |name| {
        if (std.mem.eql(u8, name, ".bun") or std.mem.eql(u8, name, ".go.buildinfo")) return true;
    }
    return false;
}

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

test "notes of Go and of others" {
    const gnu = [_]u8{ 4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0 } ++ "GNU\x00abcd".*;
    const go = [_]u8{ 4, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0 } ++ "Go\x00\x00id\x00\x00".*;
    try testing.expect(!hasGoNote(&gnu));
    try testing.expect(hasGoNote(&(gnu ++ go)));
    try testing.expect(!hasGoNote(&.{ 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0 }));
}

test "sections by their whole names" {
    try testing.expect(hasTellingSection("\x00.text\x00.bun\x00.data"));
    try testing.expect(hasTellingSection("\x00.go.buildinfo\x00"));
    try testing.expect(!hasTellingSection("\x00.bundle\x00.text\x00"));
}

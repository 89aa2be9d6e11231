//! The dynamic loader's list of loaded objects, read without libc: what comes next after the layer (RTLD_NEXT), and what
//! the program itself would bind to (RTLD_DEFAULT). Works with glibc's and musl's loader; nothing here allocates or locks.
//!
//! Only objects that were loaded at start-up are looked at. They are never unloaded, so walking them is safe at any time.

const std = @import("std");
const elf = std.elf;
const Vector = @import("auxiliary.zig").Vector;

const LinkMap = extern struct {
    base: usize,
    name: ?[*:0]const u8,
    dynamic: [*]const elf.Dyn,
    next: ?*LinkMap,
    previous: ?*LinkMap,
};
const Debug = extern struct { version: c_int, first: ?*LinkMap };

/// Our own dynamic section: hidden, made by the linker.
extern const _DYNAMIC: [1]elf.Dyn;

/// Set by the first look-up, which may come before our constructor: other libraries' constructors make calls, too. Two
/// threads that do it at once find the same.
var own: ?*LinkMap = null;
var first: ?*LinkMap = null;
var last: ?*LinkMap = null;

/// Finds the list now, before the program may forbid itself to ask the kernel.
pub fn prepare() void {
    _ = find();
}

/// Without the list there is no native function to call: a program that calls hooks has a loader, which made it.
fn find() *LinkMap {
    if (@atomicLoad(?*LinkMap, &own, .acquire)) |known| return known;
    const vector = Vector.load();
    const headers = vector.programHeaders();
    const debug = debugOf(headers) orelse debugOfLoader(headers, vector.get(elf.AT_BASE)) orelse @trap();
    var here: ?*LinkMap = null;
    var map = debug.first;
    while (map) |entry| : (map = entry.next) {
        if (@intFromPtr(entry.dynamic) == @intFromPtr(&_DYNAMIC)) here = entry;
        last = entry;
    }
    first = debug.first;
    @atomicStore(?*LinkMap, &own, here, .release);
    return here orelse @trap();
}

/// The definition that a call would reach if the layer weren't there.
pub fn next(name: []const u8) ?usize {
    return search(find().next, name);
}

/// The definition that the program itself uses (allocators may be the program's own).
pub fn global(name: []const u8) ?usize {
    _ = find();
    return search(first, name);
}

fn search(start: ?*LinkMap, name: []const u8) ?usize {
    const hash = gnuHash(name);
    var map = start;
    while (map) |entry| : (map = entry.next) {
        if (entry != own) if (define(entry, name, hash)) |found| return found;
        if (entry == last) return null;
    }
    return null;
}

/// DT_DEBUG of the executable, which the loader fills with the list's address.
fn debugOf(headers: []const elf.Phdr) ?*Debug {
    const base = for (headers) |header| {
        if (header.p_type == elf.PT_PHDR) break @intFromPtr(headers.ptr) -% header.p_vaddr;
    } else return null;
    for (headers) |header| {
        if (header.p_type != elf.PT_DYNAMIC) continue;
        var entry: [*]const elf.Dyn = @ptrFromInt(base +% header.p_vaddr);
        while (entry[0].d_tag != elf.DT_NULL) : (entry += 1) {
            if (entry[0].d_tag == elf.DT_DEBUG and entry[0].d_val != 0) return @ptrFromInt(entry[0].d_val);
        }
    }
    return null;
}

/// When the loader was started as a command (`ld.so PROGRAM`), the auxiliary vector describes the loader itself.
fn debugOfLoader(described: []const elf.Phdr, loader_base: usize) ?*Debug {
    const base = if (loader_base != 0) loader_base else @intFromPtr(described.ptr) & ~@as(usize, 4095);
    const header: *const elf.Ehdr = @ptrFromInt(base);
    if (!std.mem.eql(u8, header.e_ident[0..4], elf.MAGIC)) return null;
    const headers = @as([*]const elf.Phdr, @ptrFromInt(base + header.e_phoff))[0..header.e_phnum];
    for (headers) |entry| {
        if (entry.p_type != elf.PT_DYNAMIC) continue;
        var loader = LinkMap{
            .base = base,
            .name = null,
            .dynamic = @ptrFromInt(base + entry.p_vaddr),
            .next = null,
            .previous = null,
        };
        const found = define(&loader, "_r_debug", gnuHash("_r_debug")) orelse return null;
        return @ptrFromInt(found);
    }
    return null;
}

fn gnuHash(name: []const u8) u32 {
    var hash: u32 = 5381;
    for (name) |byte| hash = hash *% 33 +% byte;
    return hash;
}

/// The tables of one object that a look-up needs.
const Tables = struct {
    symbols: ?[*]const elf.Sym = null,
    strings: usize = 0,
    versions: ?[*]const u16 = null,
    gnu: ?[*]const u32 = null,
    sysv: ?[*]const u32 = null,

    fn of(map: *const LinkMap) Tables {
        var tables = Tables{};
        var entry = map.dynamic;
        while (entry[0].d_tag != elf.DT_NULL) : (entry += 1) {
            // musl leaves these addresses as they stand in the file; glibc has relocated them (except the vDSO's).
            const at = if (entry[0].d_val < map.base) entry[0].d_val +% map.base else entry[0].d_val;
            switch (entry[0].d_tag) {
                elf.DT_SYMTAB => tables.symbols = @ptrFromInt(at),
                elf.DT_STRTAB => tables.strings = at,
                elf.DT_VERSYM => tables.versions = @ptrFromInt(at),
                elf.DT_GNU_HASH => tables.gnu = @ptrFromInt(at),
                elf.DT_HASH => tables.sysv = @ptrFromInt(at),
                else => {},
            }
        }
        return tables;
    }

    /// Whether symbol `index` is a definition of `name` in its default version.
    fn matches(self: *const Tables, index: usize, name: []const u8) bool {
        const symbol = self.symbols.?[index];
        if (symbol.st_shndx == 0 or symbol.st_value == 0) return false;
        if (self.versions) |versions| if (versions[index] & 0x8000 != 0) return false;
        const text: [*:0]const u8 = @ptrFromInt(self.strings + symbol.st_name);
        for (name, 0..) |byte, i| if (text[i] != byte) return false;
        return text[name.len] == 0;
    }
};

fn define(map: *const LinkMap, name: []const u8, hash: u32) ?usize {
    const tables = Tables.of(map);
    if (tables.symbols == null or tables.strings == 0) return null;
    const index = if (tables.gnu) |gnu|
        findGnu(&tables, gnu, name, hash)
    else if (tables.sysv) |sysv|
        findSysv(&tables, sysv, name)
    else
        null;
    const symbol = tables.symbols.?[index orelse return null];
    const at = map.base +% symbol.st_value;
    if (symbol.st_info & 0xf != elf.STT_GNU_IFUNC) return at;
    return @as(*const fn () callconv(.c) usize, @ptrFromInt(at))();
}

fn findGnu(tables: *const Tables, gnu: [*]const u32, name: []const u8, hash: u32) ?usize {
    const bucket_count = gnu[0];
    const first_symbol = gnu[1];
    const filter_words = gnu[2];
    const filter: [*]const u64 = @ptrCast(@alignCast(gnu + 4));
    const word = filter[(hash / 64) % filter_words];
    const bits = (@as(u64, 1) << @truncate(hash)) | (@as(u64, 1) << @truncate(hash >> @truncate(gnu[3])));
    if (word & bits != bits) return null;
    const buckets = gnu + 4 + filter_words * 2;
    const chain = buckets + bucket_count;
    var index = buckets[hash % bucket_count];
    if (index < first_symbol) return null;
    while (true) : (index += 1) {
        const entry = chain[index - first_symbol];
        if ((entry ^ hash) >> 1 == 0 and tables.matches(index, name)) return index;
        if (entry & 1 != 0) return null;
    }
}

fn findSysv(tables: *const Tables, sysv: [*]const u32, name: []const u8) ?usize {
    for (0..sysv[1]) |index| if (tables.matches(index, name)) return index;
    return null;
}

test "the GNU hash of known names" {
    try std.testing.expectEqual(@as(u32, 0x156b2bb8), gnuHash("printf"));
    try std.testing.expectEqual(@as(u32, 5381), gnuHash(""));
}

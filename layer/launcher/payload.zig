//! The files that one `mirrord` file carries behind its own ELF image, and their way into the cache.
//!
//!   [ELF][each file, deflated …][index][trailer]
//!   index entry: u64 offset, u64 packed length, u64 length, u32 mode, u32 name length, name
//!   trailer (56 bytes): u64 index offset, u64 index length, 32 bytes hash of the contents (hex prefix names the folder), "MIRRPAK1"
//!
//! `build.ts` writes it. The files are unpacked once into a folder named by the hash; a start afterwards only looks for it.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");

const magic = "MIRRPAK1";
const trailer_length = 56;

pub const Payload = struct {
    image: []align(std.heap.page_size_min) const u8,
    index: []const u8,
    /// The first 16 hexadecimal digits of the contents' hash.
    name: [16]u8,

    /// The payload of the running executable, or null when it carries none (the launcher inside an unpacked folder).
    pub fn ofSelf() !?Payload {
        const fd: i32 = @intCast(try checked.check(linux.open("/proc/self/exe", .{ .CLOEXEC = true }, 0)));
        defer _ = linux.close(fd);
        const size: u64 = @intCast(try checked.check(linux.lseek(fd, 0, linux.SEEK.END)));
        const image = try std.posix.mmap(null, size, linux.PROT.READ, .{ .TYPE = .PRIVATE }, fd, 0);
        return parse(image);
    }

    fn parse(image: []align(std.heap.page_size_min) const u8) !?Payload {
        if (image.len < trailer_length) return null;
        const trailer = image[image.len - trailer_length ..];
        if (!std.mem.eql(u8, trailer[trailer_length - magic.len ..], magic)) return null;
        const offset = std.mem.readInt(u64, trailer[0..8], .little);
        const length = std.mem.readInt(u64, trailer[8..16], .little);
        if (offset > image.len or length > image.len - offset) return error.BrokenPayload;
        var payload = Payload{ .image = image, .index = image[offset..][0..length], .name = undefined };
        _ = std.fmt.bufPrint(&payload.name, "{x}", .{trailer[16..24]}) catch unreachable;
        return payload;
    }

    /// Unpacks everything into `<parent>/<name>` unless that is there already; returns the folder. Two starts at the same
    /// time may both unpack: each works in a folder of its own, and the first rename wins.
    pub fn unpack(self: *const Payload, allocator: std.mem.Allocator, parent: []const u8) ![:0]const u8 {
        const home = try std.fmt.allocPrintSentinel(allocator, "{s}/{s}", .{ parent, self.name }, 0);
        if (exists(home)) return home;
        const partial = try std.fmt.allocPrintSentinel(allocator, "{s}.{d}", .{ home, linux.getpid() }, 0);
        try std.fs.cwd().makePath(partial);
        errdefer std.fs.cwd().deleteTree(partial) catch {};
        var entries = Entries{ .rest = self.index };
        while (try entries.next()) |entry| try self.unpackFile(allocator, partial, entry);
        if (linux.E.init(linux.rename(partial, home)) != .SUCCESS) {
            std.fs.cwd().deleteTree(partial) catch {};
            if (!exists(home)) return error.SystemCall;
        }
        return home;
    }

    fn unpackFile(self: *const Payload, allocator: std.mem.Allocator, folder: []const u8, entry: Entry) !void {
        const path = try std.fmt.allocPrintSentinel(allocator, "{s}/{s}", .{ folder, entry.name }, 0);
        if (std.fs.path.dirname(path)) |above| try std.fs.cwd().makePath(above);
        const flags = linux.O{ .ACCMODE = .RDWR, .CREAT = true, .EXCL = true, .CLOEXEC = true };
        const fd: i32 = @intCast(try checked.check(linux.open(path, flags, entry.mode)));
        defer _ = linux.close(fd);
        // The decoder wants its window in the output buffer, so the file is longer until it is complete.
        const room = entry.length + std.compress.flate.max_window_len;
        _ = try checked.check(linux.ftruncate(fd, @intCast(room)));
        const output = try std.posix.mmap(null, room, linux.PROT.READ | linux.PROT.WRITE, .{ .TYPE = .SHARED }, fd, 0);
        defer std.posix.munmap(output);
        var input = std.Io.Reader.fixed(self.image[entry.offset..][0..entry.packed_length]);
        var decoder = std.compress.flate.Decompress.init(&input, .raw, &.{});
        var writer = std.Io.Writer.fixed(output);
        const length = decoder.reader.streamRemaining(&writer) catch return error.BrokenPayload;
        if (length != entry.length) return error.BrokenPayload;
        _ = try checked.check(linux.ftruncate(fd, @intCast(entry.length)));
        _ = try checked.check(linux.fchmod(fd, entry.mode));
    }
};

const Entry = struct { offset: u64, packed_length: u64, length: u64, mode: u32, name: []const u8 };

const Entries = struct {
    rest: []const u8,

    fn next(self: *Entries) !?Entry {
        if (self.rest.len == 0) return null;
        if (self.rest.len < 32) return error.BrokenPayload;
        const name_length = std.mem.readInt(u32, self.rest[28..32], .little);
        if (name_length > self.rest.len - 32) return error.BrokenPayload;
        defer self.rest = self.rest[32 + name_length ..];
        return .{
            .offset = std.mem.readInt(u64, self.rest[0..8], .little),
            .packed_length = std.mem.readInt(u64, self.rest[8..16], .little),
            .length = std.mem.readInt(u64, self.rest[16..24], .little),
            .mode = std.mem.readInt(u32, self.rest[24..28], .little),
            .name = self.rest[32..][0..name_length],
        };
    }
};

fn exists(path: [:0]const u8) bool {
    return linux.E.init(linux.access(path, linux.F_OK)) == .SUCCESS;
}

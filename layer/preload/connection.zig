//! One connection to the internal proxy: frames of a 4-byte little-endian length and a body, one exchange at a time.
//!
//! No signal is blocked and no lock is taken: a handler that interrupts an exchange may make calls of its own, which use
//! another connection.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const process = @import("process.zig");
const system = core.system;

/// `Gone`: the proxy does not answer (any more), or this process is a fork of the one that asked.
pub const Error = error{ Gone, Interrupted, Expired };

/// What may end waiting for a reply early.
pub const Wait = struct {
    /// A signal whose handler does not restart system calls.
    interruptible: bool = false,
    /// Milliseconds; 0 = for ever.
    limit_ms: u32 = 0,
};

const receive_size = 64 * 1024;
pub const memory_size = std.mem.alignForward(usize, core.room_size + receive_size, 4096);

pub const Connection = struct {
    fd: i32 = -1,
    /// Programs close descriptors that they don't know, and get the numbers again: the identity tells whose it is.
    identity: u64 = 0,
    /// 1 while in use.
    busy: u32 = 0,
    /// `process.mark` when it was taken into use.
    mark: u32 = 0,
    /// Unmapped after use: for a process whose memory isn't its own, and when too many are in use.
    temporary: bool = false,
    /// The room for a call's request, then what was received and not yet read.
    memory: ?[]align(4096) u8 = null,
    begin: usize = 0,
    end: usize = 0,
    /// An open file that came with a reply and was not yet taken.
    attached: i32 = -1,

    pub fn room(self: *Connection) []u8 {
        return self.memory.?[0..core.room_size];
    }
    fn received(self: *Connection) []u8 {
        return self.memory.?[core.room_size..];
    }

    pub fn isOpen(self: *const Connection) bool {
        return self.fd >= 0 and system.socketIdentity(self.fd) == self.identity;
    }

    /// Connects and introduces this process.
    pub fn open(self: *Connection, proxy: *const core.config.Proxy, program: []const u8) Error!void {
        if (self.memory == null) self.memory = system.allocate(memory_size) orelse return error.Gone;
        const made = system.socket(linux.AF.UNIX, linux.SOCK.STREAM | linux.SOCK.CLOEXEC, 0);
        if (made < 0) return error.Gone;
        self.fd = @intCast(made);
        errdefer self.close();
        if (system.duplicateHigh(self.fd)) |high| {
            system.close(self.fd);
            self.fd = high;
        }
        self.identity = system.socketIdentity(self.fd) orelse return error.Gone;
        self.begin = 0;
        self.end = 0;
        system.bindToAny(self.fd);
        if (connectThroughSignals(self.fd, proxy.socketAddress()) < 0) return error.Gone;
        try self.send(core.config.joinRequest(self.room(), proxy, system.pid(), .preload, program));
        if (!core.config.joined(try self.receive(.{}))) return error.Gone;
    }

    pub fn close(self: *Connection) void {
        if (self.isOpen()) system.close(self.fd);
        self.fd = -1;
        const unused = self.takeAttached();
        if (unused >= 0) system.close(unused);
    }

    /// What came with the last reply is the caller's; −1 if nothing did.
    pub fn takeAttached(self: *Connection) i32 {
        defer self.attached = -1;
        return self.attached;
    }

    pub fn send(self: *Connection, body: []const u8) Error!void {
        var length: [4]u8 = undefined;
        std.mem.writeInt(u32, &length, @intCast(body.len), .little);
        var parts = [2]std.posix.iovec_const{
            .{ .base = &length, .len = length.len },
            .{ .base = body.ptr, .len = body.len },
        };
        var left: usize = length.len + body.len;
        while (left > 0) {
            const sent = system.sendParts(self.fd, &parts);
            if (sent == -@as(isize, @intFromEnum(linux.E.INTR))) continue;
            if (sent < 0) return error.Gone;
            skip(&parts, @intCast(sent));
            left -= @intCast(sent);
        }
    }

    /// The body of the next frame; it stays valid until the next receive.
    pub fn receive(self: *Connection, wait: Wait) Error![]const u8 {
        try self.need(4, wait);
        const length = std.mem.readInt(u32, self.received()[self.begin..][0..4], .little);
        self.begin += 4;
        if (length > self.received().len - 4) return error.Gone;
        try self.need(length, .{});
        defer self.begin += length;
        return self.received()[self.begin..][0..length];
    }

    /// Receives until `count` bytes are there to be read.
    fn need(self: *Connection, count: usize, wait: Wait) Error!void {
        const buffer = self.received();
        if (self.begin == self.end) {
            self.begin = 0;
            self.end = 0;
        } else if (self.begin + count > buffer.len) {
            std.mem.copyForwards(u8, buffer, buffer[self.begin..self.end]);
            self.end -= self.begin;
            self.begin = 0;
        }
        while (self.end - self.begin < count) {
            try self.awaitBytes(wait);
            const got = system.receiveAttached(self.fd, buffer[self.end..], &self.attached);
            if (got == -@as(isize, @intFromEnum(linux.E.AGAIN))) continue;
            if (got <= 0) return error.Gone;
            self.end += @intCast(got);
        }
    }

    /// Waits without taking anything: a handler may have forked meanwhile, and what comes belongs to the parent. recv(2)
    /// is restarted after a signal exactly when connect(2) would be.
    fn awaitBytes(self: *Connection, wait: Wait) Error!void {
        while (true) {
            var byte: [1]u8 = undefined;
            const result = if (wait.limit_ms != 0)
                system.poll(self.fd, linux.POLL.IN, @intCast(wait.limit_ms))
            else
                system.receive(self.fd, &byte, linux.MSG.PEEK);
            if (process.mark() != self.mark) return error.Gone;
            if (result > 0) return;
            if (result == 0) return if (wait.limit_ms != 0) error.Expired else error.Gone;
            if (result != -@as(isize, @intFromEnum(linux.E.INTR))) return error.Gone;
            if (wait.interruptible) return error.Interrupted;
        }
    }
};

fn connectThroughSignals(fd: i32, address: []const u8) isize {
    while (true) {
        const result = system.connect(fd, address);
        if (result != -@as(isize, @intFromEnum(linux.E.INTR))) return result;
    }
}

fn skip(parts: *[2]std.posix.iovec_const, count: usize) void {
    var left = count;
    for (parts) |*part| {
        const taken = @min(left, part.len);
        part.base += taken;
        part.len -= taken;
        left -= taken;
    }
}

test "what is sent in parts goes on where it stopped" {
    var parts = [2]std.posix.iovec_const{ .{ .base = "abcd", .len = 4 }, .{ .base = "xyz", .len = 3 } };
    skip(&parts, 5);
    try std.testing.expectEqual(@as(usize, 0), parts[0].len);
    try std.testing.expectEqualStrings("yz", parts[1].base[0..parts[1].len]);
}

test "frames are cut out of what comes" {
    var pair: [2]i32 = undefined;
    const kind = linux.SOCK.STREAM;
    try std.testing.expect(linux.socketpair(linux.AF.UNIX, kind, 0, &pair) == 0);
    defer system.close(pair[1]);
    var connection = Connection{ .fd = pair[0], .memory = system.allocate(memory_size).? };
    defer system.free(connection.memory.?);
    defer system.close(pair[0]);
    connection.mark = process.mark();
    _ = system.write(pair[1], "\x03\x00\x00\x00abc\x05\x00\x00\x00hel");
    _ = system.write(pair[1], "lo\x00\x00\x00\x00");
    try std.testing.expectEqualStrings("abc", try connection.receive(.{}));
    try std.testing.expectEqualStrings("hello", try connection.receive(.{}));
    try std.testing.expectEqual(@as(usize, 0), (try connection.receive(.{})).len);
    try std.testing.expectError(error.Expired, connection.receive(.{ .limit_ms = 1 }));
    try connection.send("request");
    var bytes: [16]u8 = undefined;
    try std.testing.expectEqualStrings("\x07\x00\x00\x00request", bytes[0..@intCast(system.read(pair[1], &bytes))]);
}

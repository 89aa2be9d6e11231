//! The supervisor's connections to the internal proxy. Each carries one exchange at a time; none is ever waited for.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const kernel = @import("kernel.zig");

/// Frames that are kept whole must fit; content frames are handed on in pieces.
pub const room = 16 << 10;

/// What has arrived.
pub const Arrival = union(enum) {
    /// Nothing complete yet.
    nothing,
    /// The body of a whole frame; valid until the next call.
    frame: []const u8,
    /// A piece of a content frame; valid until the next call.
    piece: []const u8,
    /// The empty frame that ends the content.
    content_end,
    /// The proxy has gone, or does not speak our protocol.
    broken,
};

pub const Connection = struct {
    fd: i32 = -1,
    /// The index of the call it works for.
    owner: ?u32 = null,
    /// The first answer is that of `join`.
    joined: bool = false,
    /// Frames are content until the empty one.
    content: bool = false,
    header: [4]u8 = undefined,
    header_length: usize = 0,
    frame_length: usize = 0,
    body_length: usize = 0,
    body: []u8 = &.{},

    /// Connects and sends the `join` frame; its answer arrives as the first frame. `body`: where frames are put together.
    pub fn open(self: *Connection, address: []const u8, join: []const u8, body: *[room]u8) checked.Error!void {
        const flags = linux.SOCK.STREAM | linux.SOCK.CLOEXEC;
        const fd: i32 = @intCast(try checked.check(linux.socket(linux.AF.UNIX, flags, 0)));
        errdefer _ = linux.close(fd);
        _ = try checked.check(linux.connect(fd, address.ptr, @intCast(address.len)));
        self.* = .{ .fd = fd, .body = body };
        try self.send(join);
    }

    pub fn close(self: *Connection) void {
        if (self.fd >= 0) _ = linux.close(self.fd);
        self.* = .{};
    }

    /// Requests are at most some kilobytes and the socket is empty, so this never waits for long.
    pub fn send(self: *Connection, request: []const u8) checked.Error!void {
        var header: [4]u8 = undefined;
        std.mem.writeInt(u32, &header, @intCast(request.len), .little);
        var parts = [_]std.posix.iovec_const{
            .{ .base = &header, .len = header.len },
            .{ .base = request.ptr, .len = request.len },
        };
        const message = linux.msghdr_const{
            .name = null,
            .namelen = 0,
            .iov = &parts,
            .iovlen = parts.len,
            .control = null,
            .controllen = 0,
            .flags = 0,
        };
        const sent = try checked.check(linux.sendmsg(self.fd, &message, linux.MSG.NOSIGNAL));
        if (sent != header.len + request.len) return error.SystemCall;
    }

    /// Takes what is there without waiting.
    pub fn receive(self: *Connection) Arrival {
        if (self.header_length < 4) {
            const n = self.take(self.header[self.header_length..]) orelse return .nothing;
            if (n == 0) return .broken;
            self.header_length += n;
            if (self.header_length < 4) return .nothing;
            self.frame_length = std.mem.readInt(u32, &self.header, .little);
            self.body_length = 0;
            if (self.frame_length == 0 and self.content) {
                self.header_length = 0;
                self.content = false;
                return .content_end;
            }
            if (!self.content and self.frame_length > room) return .broken;
        }
        const rest = self.frame_length - self.body_length;
        if (rest == 0) return self.wholeFrame();
        const into = if (self.content) self.body[0..@min(rest, room)] else self.body[self.body_length..self.frame_length];
        const n = self.take(into) orelse return .nothing;
        if (n == 0) return .broken;
        self.body_length += n;
        if (self.content) {
            if (self.body_length == self.frame_length) self.header_length = 0;
            return .{ .piece = into[0..n] };
        }
        return if (self.body_length == self.frame_length) self.wholeFrame() else .nothing;
    }

    fn wholeFrame(self: *Connection) Arrival {
        self.header_length = 0;
        return .{ .frame = self.body[0..self.frame_length] };
    }

    /// Null: nothing now. 0: the end, or an error.
    fn take(self: *Connection, into: []u8) ?usize {
        const result = linux.recvfrom(self.fd, into.ptr, into.len, linux.MSG.DONTWAIT, null, null);
        return switch (linux.E.init(result)) {
            .SUCCESS => result,
            .AGAIN, .INTR => null,
            else => 0,
        };
    }
};

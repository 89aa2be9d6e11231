//! The supervisor's connections to the internal proxy. Each carries one exchange at a time; none is ever waited for.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const core = @import("core");

/// Frames must fit.
pub const room = 16 << 10;

/// What has arrived.
pub const Arrival = union(enum) {
    /// Nothing complete yet.
    nothing,
    /// The body of a whole frame; valid until the next call.
    frame: []const u8,
    /// The proxy has gone, or does not speak our protocol.
    broken,
};

pub const Connection = struct {
    fd: i32 = -1,
    /// The index of the call it works for.
    owner: ?u32 = null,
    /// The first answer is that of `join`.
    joined: bool = false,
    /// An open file that came with a reply and was not yet taken.
    attached: i32 = -1,
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
        core.system.bindToAny(fd);
        _ = try checked.check(linux.connect(fd, address.ptr, @intCast(address.len)));
        self.* = .{ .fd = fd, .body = body };
        try self.send(join);
    }

    pub fn close(self: *Connection) void {
        if (self.fd >= 0) _ = linux.close(self.fd);
        if (self.attached >= 0) _ = linux.close(self.attached);
        self.* = .{};
    }

    /// What came with the last reply is the caller's; −1 if nothing did.
    pub fn takeAttached(self: *Connection) i32 {
        defer self.attached = -1;
        return self.attached;
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
            if (self.frame_length > room) return .broken;
        }
        if (self.body_length == self.frame_length) return self.wholeFrame();
        const n = self.take(self.body[self.body_length..self.frame_length]) orelse return .nothing;
        if (n == 0) return .broken;
        self.body_length += n;
        return if (self.body_length == self.frame_length) self.wholeFrame() else .nothing;
    }

    fn wholeFrame(self: *Connection) Arrival {
        self.header_length = 0;
        return .{ .frame = self.body[0..self.frame_length] };
    }

    /// Null: nothing now. 0: the end, or an error.
    fn take(self: *Connection, into: []u8) ?usize {
        const result = core.system.receiveAttached(self.fd, into, &self.attached);
        if (result >= 0) return @intCast(result);
        return switch (@as(linux.E, @enumFromInt(-result))) {
            .AGAIN, .INTR => null,
            else => 0,
        };
    }
};

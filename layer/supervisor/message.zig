//! A caller's message: the pieces of its data, its control messages and its address, gathered here to be sent, or spread
//! over the caller's memory when received. One thread works here, on one message at a time.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const control_messages = @import("control_messages.zig");
const headers = @import("message_header.zig");

const Caller = core.Caller;
const Header = headers.Header;
const Pieces = headers.Pieces;

/// No datagram is larger.
const data_limit = 65_536;
const control_limit = 4096;

/// Where a message stands in the caller's memory: as the words of sendto(2), or as a header.
pub const Place = union(enum) {
    words: struct { data: usize, size: usize },
    header: headers.Place,
};

/// `length_at`: where sendmmsg(2) is told how much was sent.
pub const Sending = struct { from: Place, length_at: ?usize };

/// A call that receives. `name`: where its sender is to stand, for recvfrom(2); else it is in the header. `count_at`: where
/// recvmmsg(2) is told how much was received.
pub const Receiving = struct {
    fd: i32,
    flags: u32,
    into: Place,
    name: struct { address: usize, length: usize } = .{ .address = 0, .length = 0 },
    count_at: ?usize = null,
};

/// Where the caller wants the sender's address, and its room there.
pub const Name = struct { address: usize, length: usize, room: u32 };

var data: [data_limit]u8 = undefined;
var control: [control_limit]u8 align(8) = undefined;
/// The same in the form of a 32-bit caller.
var narrow_control: [control_limit]u8 align(8) = undefined;

/// What `data` and `control` hold, and whose address came with it.
pub const Message = struct {
    length: usize = 0,
    control_length: usize = 0,
    flags: i32 = 0,
    name: core.address.Native = .{},
};

/// Gathers a message to be sent.
pub fn load(caller: Caller, from: Place) core.Error!Message {
    switch (from) {
        .words => |words| {
            const size = @min(words.size, data.len);
            try caller.read(words.data, data[0..size]);
            return .{ .length = size };
        },
        .header => |place| {
            const header = try Header.load(caller, place);
            var loaded = Message{ .control_length = try loadControl(caller, &header) };
            var pieces = Pieces.of(&header);
            while (try pieces.next(caller)) |piece| {
                const size = @min(piece.length, data.len - loaded.length);
                try caller.read(piece.at, data[loaded.length..][0..size]);
                loaded.length += size;
            }
            return loaded;
        },
    }
}

fn loadControl(caller: Caller, header: *const Header) core.Error!usize {
    const length = @min(header.control_length, control.len);
    if (length == 0) return 0;
    const is_narrow = header.place.is_narrow;
    const into = if (is_narrow) narrow_control[0..length] else control[0..length];
    try caller.read(header.control, into);
    return if (is_narrow) control_messages.widen(into, &control) else length;
}

pub fn send(fd: i32, loaded: *const Message, address: []const u8, flags: u32) isize {
    const piece = [1]std.posix.iovec_const{.{ .base = &data, .len = loaded.length }};
    const header = linux.msghdr_const{
        .name = @ptrCast(@alignCast(address.ptr)),
        .namelen = @intCast(address.len),
        .iov = &piece,
        .iovlen = 1,
        .control = if (loaded.control_length > 0) &control else null,
        .controllen = loaded.control_length,
        .flags = 0,
    };
    return signed(linux.sendmsg(fd, &header, flags));
}

/// Receives one message; the result is its length (with MSG_TRUNC the true one), or −errno.
pub fn receive(fd: i32, into: *Message, flags: u32) isize {
    into.* = .{};
    var piece = [1]std.posix.iovec{.{ .base = &data, .len = data.len }};
    var header = linux.msghdr{
        .name = @ptrCast(&into.name.bytes),
        .namelen = into.name.bytes.len,
        .iov = &piece,
        .iovlen = 1,
        .control = &control,
        .controllen = control.len,
        .flags = 0,
    };
    const result = signed(linux.recvmsg(fd, &header, flags));
    into.length = @intCast(@max(0, @min(result, data.len)));
    into.control_length = header.controllen;
    into.flags = @bitCast(header.flags);
    into.name.length = @min(header.namelen, into.name.bytes.len);
    return result;
}

/// What the caller was given: so many bytes (with MSG_TRUNC, so many as there were), and a sender if it wants one.
pub const Stored = struct { count: usize, name: ?Name };

/// Spreads what was received, as the kernel would. `length`: of the whole datagram.
pub fn store(caller: Caller, receiving: Receiving, received: *const Message, length: usize) core.Error!Stored {
    const tells_all = receiving.flags & linux.MSG.TRUNC != 0;
    switch (receiving.into) {
        .words => |words| {
            const size = @min(words.size, received.length);
            try caller.write(words.data, data[0..size]);
            const name = receiving.name;
            const wanted = name.address != 0 and name.length != 0;
            return .{
                .count = if (tells_all) length else size,
                .name = if (wanted) try storeName(caller, received, name.address, name.length) else null,
            };
        },
        .header => |place| {
            const header = try Header.load(caller, place);
            const stored = try storePieces(caller, &header, received);
            const given = givenControl(received, place.is_narrow);
            const room = @min(header.control_length, given.len);
            if (room > 0) try caller.write(header.control, given[0..room]);
            var flags: u32 = @bitCast(received.flags);
            if (stored < received.length) flags |= linux.MSG.TRUNC;
            if (room < given.len) flags |= linux.MSG.CTRUNC;
            try header.tell(caller, @intCast(room), flags);
            const count: u32 = @intCast(if (tells_all) length else stored);
            if (receiving.count_at) |count_at| try caller.write(count_at, std.mem.asBytes(&count));
            const name = try storeName(caller, received, header.name, header.nameLengthAt());
            return .{ .count = count, .name = name };
        },
    }
}

fn givenControl(received: *const Message, is_narrow: bool) []const u8 {
    const given = control[0..received.control_length];
    return if (is_narrow) narrow_control[0..control_messages.narrow(given, &narrow_control)] else given;
}

fn storePieces(caller: Caller, header: *const Header, received: *const Message) core.Error!usize {
    var stored: usize = 0;
    var pieces = Pieces.of(header);
    while (try pieces.next(caller)) |piece| {
        const size = @min(piece.length, received.length - stored);
        try caller.write(piece.at, data[stored..][0..size]);
        stored += size;
        if (stored == received.length) break;
    }
    return stored;
}

fn storeName(caller: Caller, received: *const Message, address: usize, length: usize) core.Error!Name {
    const room = try caller.load(u32, length);
    try caller.write(address, received.name.bytes[0..@min(room, received.name.length)]);
    try caller.write(length, std.mem.asBytes(&received.name.length));
    return .{ .address = address, .length = length, .room = room };
}

fn signed(result: usize) isize {
    return @bitCast(result);
}

//! Calls that send a datagram to an address, or tell a datagram's sender. Those without an address, which is all that a
//! connection needs, go to libc at once.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const state = @import("../state.zig");

const Address = ?*anyopaque;
const Length = ?*u32;
const Buffer = ?*anyopaque;
const Header = linux.msghdr;
const HeaderOfMany = linux.mmsghdr;
const SendTo = *const fn (c_int, Buffer, usize, c_int, Address, u32) callconv(.c) isize;
const SendMessage = *const fn (c_int, ?*const Header, c_int) callconv(.c) isize;
const SendMany = *const fn (c_int, ?[*]HeaderOfMany, c_uint, c_int) callconv(.c) c_int;
const ReceiveFrom = *const fn (c_int, Buffer, usize, c_int, Address, Length) callconv(.c) isize;
const ReceiveChecked = *const fn (c_int, Buffer, usize, usize, c_int, Address, Length) callconv(.c) isize;
const ReceiveMessage = *const fn (c_int, ?*Header, c_int) callconv(.c) isize;
const ReceiveMany = *const fn (c_int, ?[*]HeaderOfMany, c_uint, c_int, ?*linux.timespec) callconv(.c) c_int;

/// The longest address that may have to be replaced: `struct sockaddr_in6`.
const replaced_size = 28;

/// Where a datagram really goes.
const Target = union(enum) {
    given,
    other: core.address.Native,
    failed: i64,
};

fn targetOf(fd: c_int, address: Address, length: u32, flags: c_int) Target {
    if (!state.isActive() or !isInternet(address, length)) return .given;
    return ask(fd, address, length, flags);
}

fn isInternet(address: Address, length: u32) bool {
    if (length < 16) return false;
    const family = @as(*align(1) const u16, @ptrCast(address.?)).*;
    return family == core.address.family_v4 or family == core.address.family_v6;
}

/// Not inlined: a visit is large, and the stack of a call without one stays small.
noinline fn ask(fd: c_int, address: Address, length: u32, flags: c_int) Target {
    var v: door.Visit = undefined;
    defer v.end();
    const result = v.start(.{ .send_to = .{
        .fd = fd,
        .address = @intFromPtr(address),
        .length = length,
        .flags = @bitCast(flags),
    } });
    return switch (result) {
        .value => |value| .{ .failed = value },
        .local => if (v.call.address) |other| .{ .other = other } else .given,
    };
}

pub fn sendto(fd: c_int, bytes: Buffer, size: usize, flags: c_int, address: Address, length: u32) callconv(.c) isize {
    if (address != null) switch (targetOf(fd, address, length, flags)) {
        .given => {},
        .other => |*other| return native.call("sendto", SendTo, .{ fd, bytes, size, flags, @constCast(&other.bytes), other.length }),
        .failed => |value| return native.result(isize, value),
    };
    return native.call("sendto", SendTo, .{ fd, bytes, size, flags, address, length });
}

pub fn sendmsg(fd: c_int, header: ?*const Header, flags: c_int) callconv(.c) isize {
    const given = header orelse return native.call("sendmsg", SendMessage, .{ fd, header, flags });
    if (given.name != null) switch (targetOf(fd, given.name, given.namelen, flags)) {
        .given => {},
        .other => |*other| {
            var changed = given.*;
            changed.name = @ptrCast(@constCast(&other.bytes));
            changed.namelen = other.length;
            return native.call("sendmsg", SendMessage, .{ fd, &changed, flags });
        },
        .failed => |value| return native.result(isize, value),
    };
    return native.call("sendmsg", SendMessage, .{ fd, given, flags });
}

/// Messages whose addresses are replaced are sent so many at a time; to send fewer than asked for is the call's right.
const most_changed = 8;

pub fn sendmmsg(fd: c_int, headers: ?[*]HeaderOfMany, count: c_uint, flags: c_int) callconv(.c) c_int {
    if (!state.isActive() or !anyNamed(headers, count)) {
        return native.call("sendmmsg", SendMany, .{ fd, headers, count, flags });
    }
    return sendChanged(fd, headers.?, count, flags);
}

fn anyNamed(headers: ?[*]HeaderOfMany, count: c_uint) bool {
    for ((headers orelse return false)[0..@min(count, 1024)]) |*header| {
        if (header.hdr.name != null and isInternet(header.hdr.name, header.hdr.namelen)) return true;
    }
    return false;
}

noinline fn sendChanged(fd: c_int, headers: [*]HeaderOfMany, count: c_uint, flags: c_int) c_int {
    const chunk: c_uint = @min(count, most_changed);
    var changed: [most_changed]HeaderOfMany = undefined;
    var names: [most_changed][replaced_size]u8 align(8) = undefined;
    var ready: c_uint = 0;
    while (ready < chunk) : (ready += 1) {
        changed[ready] = headers[ready];
        const header = &changed[ready].hdr;
        if (header.name == null) continue;
        switch (targetOf(fd, header.name, header.namelen, flags)) {
            .given => {},
            .other => |*other| {
                names[ready] = other.bytes[0..replaced_size].*;
                header.name = @ptrCast(&names[ready]);
                header.namelen = @min(other.length, replaced_size);
            },
            // What comes before it is sent; it is the first of the next call.
            .failed => |value| if (ready == 0) return native.result(c_int, value) else break,
        }
    }
    const sent = native.call("sendmmsg", SendMany, .{ fd, &changed, ready, flags });
    if (sent > 0) for (headers[0..@intCast(sent)], changed[0..@intCast(sent)]) |*header, *done| {
        header.len = done.len;
    };
    return sent;
}

/// After a native receive: replaces a stand-in's address by the sender's. `room`: what `length` was before.
fn correct(fd: c_int, address: [*]u8, length: *u32, room: u32) void {
    var sender = core.address.Native{ .length = @min(length.*, room, replaced_size) };
    if (sender.length < 16) return;
    @memcpy(sender.bytes[0..sender.length], address[0..sender.length]);
    if (core.isStandIn(&sender) and state.isActive()) correctStandIn(fd, address, length, room);
}

noinline fn correctStandIn(fd: c_int, address: [*]u8, length: *u32, room: u32) void {
    var v: door.Visit = undefined;
    defer v.end();
    _ = v.start(.{ .received = .{
        .fd = fd,
        .address = @intFromPtr(address),
        .length = @intFromPtr(length),
        .room = room,
    } });
}

pub fn recvfrom(fd: c_int, bytes: Buffer, size: usize, flags: c_int, address: Address, length: Length) callconv(.c) isize {
    const place = address orelse return native.call("recvfrom", ReceiveFrom, .{ fd, bytes, size, flags, address, length });
    const room = if (length) |known| known.* else 0;
    const result = native.call("recvfrom", ReceiveFrom, .{ fd, bytes, size, flags, address, length });
    if (result >= 0 and length != null) correct(fd, @ptrCast(place), length.?, room);
    return result;
}

fn recvfromChecked(
    fd: c_int,
    bytes: Buffer,
    size: usize,
    limit: usize,
    flags: c_int,
    address: Address,
    length: Length,
) callconv(.c) isize {
    // More than the buffer holds is an error that libc ends the program for.
    if (size <= limit) return recvfrom(fd, bytes, size, flags, address, length);
    return native.call("__recvfrom_chk", ReceiveChecked, .{ fd, bytes, size, limit, flags, address, length });
}

pub fn recvmsg(fd: c_int, header: ?*Header, flags: c_int) callconv(.c) isize {
    const place = if (header) |given| given.name else null;
    if (place == null) return native.call("recvmsg", ReceiveMessage, .{ fd, header, flags });
    const room = header.?.namelen;
    const result = native.call("recvmsg", ReceiveMessage, .{ fd, header, flags });
    if (result >= 0) correct(fd, @ptrCast(place.?), &header.?.namelen, room);
    return result;
}

/// Messages that are received in one call at most: their rooms are remembered over it.
const most_rooms = 64;

pub fn recvmmsg(
    fd: c_int,
    headers: ?[*]HeaderOfMany,
    count: c_uint,
    flags: c_int,
    limit: ?*linux.timespec,
) callconv(.c) c_int {
    if (!state.isActive() or headers == null) {
        return native.call("recvmmsg", ReceiveMany, .{ fd, headers, count, flags, limit });
    }
    var rooms: [most_rooms]u32 = undefined;
    // Fewer than asked for may come in any case.
    const asked = @min(count, most_rooms);
    for (headers.?[0..asked], rooms[0..asked]) |*header, *room| room.* = header.hdr.namelen;
    const result = native.call("recvmmsg", ReceiveMany, .{ fd, headers, asked, flags, limit });
    if (result <= 0) return result;
    for (headers.?[0..@intCast(result)], rooms[0..@intCast(result)]) |*header, room| {
        if (header.hdr.name) |name| correct(fd, @ptrCast(name), &header.hdr.namelen, room);
    }
    return result;
}

comptime {
    @export(&sendto, .{ .name = "sendto" });
    @export(&sendmsg, .{ .name = "sendmsg" });
    @export(&sendmmsg, .{ .name = "sendmmsg" });
    @export(&recvfrom, .{ .name = "recvfrom" });
    @export(&recvfromChecked, .{ .name = "__recvfrom_chk" });
    @export(&recvmsg, .{ .name = "recvmsg" });
    @export(&recvmmsg, .{ .name = "recvmmsg" });
}

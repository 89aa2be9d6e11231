//! The socket calls that name addresses. Data goes through the program's own sockets and needs no hook.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const state = @import("../state.zig");

const Address = ?*anyopaque;
const Length = ?*u32;
const Named = *const fn (c_int, Address, u32) callconv(.c) c_int;
const Naming = *const fn (c_int, Address, Length) callconv(.c) c_int;
const Listen = *const fn (c_int, c_int) callconv(.c) c_int;
const Accept4 = *const fn (c_int, Address, Length, c_int) callconv(.c) c_int;
const Option = *const fn (c_int, c_int, c_int, ?*anyopaque, Length) callconv(.c) c_int;

pub fn visitConnect(v: *door.Visit, fd: c_int, address: Address, length: u32) door.Result {
    return v.start(.{ .connect = .{ .fd = fd, .address = @intFromPtr(address), .length = length } });
}

fn connect(fd: c_int, address: Address, length: u32) callconv(.c) c_int {
    var v: door.Visit = undefined;
    const result = visitConnect(&v, fd, address, length);
    // The native connect may block: nothing is held meanwhile.
    v.end();
    switch (result) {
        .local => {},
        .value => |value| return native.result(c_int, value),
    }
    if (v.call.address) |*other| return native.call("connect", Named, .{ fd, &other.bytes, other.length });
    return native.call("connect", Named, .{ fd, address, length });
}

pub fn visitBind(v: *door.Visit, fd: c_int, address: Address, length: u32) door.Result {
    return v.start(.{ .bind = .{ .fd = fd, .address = @intFromPtr(address), .length = length } });
}

fn bind(fd: c_int, address: Address, length: u32) callconv(.c) c_int {
    var v: door.Visit = undefined;
    defer v.end();
    switch (visitBind(&v, fd, address, length)) {
        .value => |value| return native.result(c_int, value),
        .local => {},
    }
    if (v.call.address) |*other| return native.call("bind", Named, .{ fd, &other.bytes, other.length });
    return native.call("bind", Named, .{ fd, address, length });
}

pub fn visitListen(v: *door.Visit, fd: c_int, backlog: c_int) door.Result {
    return v.start(.{ .listen = .{ .fd = fd, .backlog = backlog } });
}

fn listen(fd: c_int, backlog: c_int) callconv(.c) c_int {
    var v: door.Visit = undefined;
    defer v.end();
    return switch (visitListen(&v, fd, backlog)) {
        .local => native.call("listen", Listen, .{ fd, backlog }),
        .value => |value| native.result(c_int, value),
    };
}

/// After a native accept: replaces the address by the true one. `room` is what `length` was before.
pub fn correctAccepted(fd: c_int, address: Address, length: Length, room: u32) void {
    if (!state.isActive()) return;
    const wanted = address != null and length != null;
    const told = if (wanted) length.?.* else 0;
    if (wanted) length.?.* = room;
    var v: door.Visit = undefined;
    defer v.end();
    const result = v.start(.{ .accepted = .{
        .fd = fd,
        .address = if (wanted) @intFromPtr(address) else 0,
        .length = @intFromPtr(length),
    } });
    if (wanted and (result == .local or result.value < 0)) length.?.* = told;
}

fn accept(fd: c_int, address: Address, length: Length) callconv(.c) c_int {
    const room = if (length) |known| known.* else 0;
    const accepted = native.call("accept", Naming, .{ fd, address, length });
    if (accepted >= 0) correctAccepted(accepted, address, length, room);
    return accepted;
}

fn accept4(fd: c_int, address: Address, length: Length, flags: c_int) callconv(.c) c_int {
    const room = if (length) |known| known.* else 0;
    const accepted = native.call("accept4", Accept4, .{ fd, address, length, flags });
    if (accepted >= 0) correctAccepted(accepted, address, length, room);
    return accepted;
}

pub fn visitName(v: *door.Visit, fd: c_int, address: Address, length: Length, peer: bool) door.Result {
    return v.start(.{ .socket_name = .{
        .fd = fd,
        .address = @intFromPtr(address),
        .length = @intFromPtr(length),
        .peer = peer,
    } });
}

fn socketName(comptime name: [:0]const u8, comptime peer: bool) Naming {
    return struct {
        fn hook(fd: c_int, address: Address, length: Length) callconv(.c) c_int {
            const room = if (length) |known| known.* else 0;
            const result = native.call(name, Naming, .{ fd, address, length });
            if (result == 0 and state.isActive()) correctName(fd, address, length.?, room, peer);
            return result;
        }
    }.hook;
}

/// After the native call, whose answer tells of most sockets that they are none of ours. `room` is what `length` was before.
fn correctName(fd: c_int, address: Address, length: *u32, room: u32, peer: bool) void {
    const port_end = 4;
    if (room >= port_end and length.* >= port_end) {
        const words: *align(1) const [2]u16 = @ptrCast(address.?);
        const is_internet = words[0] == core.address.family_v4 or words[0] == core.address.family_v6;
        // A socket that is not bound, and of what is no internet socket only another's name, can't be ours.
        if (if (is_internet) words[1] == 0 else !peer) return;
    }
    askName(fd, address, length, room, peer);
}

/// Not inlined: a visit is large, and the stack of a call without one stays small.
noinline fn askName(fd: c_int, address: Address, length: *u32, room: u32, peer: bool) void {
    const told = length.*;
    length.* = room;
    var v: door.Visit = undefined;
    defer v.end();
    const result = visitName(&v, fd, address, length, peer);
    if (result == .local or result.value < 0) length.* = told;
}

/// After a native getsockopt: replaces a connection's error by the target's.
pub fn correctOption(fd: c_int, level: c_int, option: c_int, value: ?*anyopaque, length: Length) void {
    if (level != linux.SOL.SOCKET or option != linux.SO.ERROR or !state.isActive()) return;
    if (length.?.* != @sizeOf(c_int)) return;
    var v: door.Visit = undefined;
    _ = v.start(.{ .socket_error = .{ .fd = fd, .buffer = @intFromPtr(value) } });
    v.end();
}

fn getsockopt(fd: c_int, level: c_int, option: c_int, value: ?*anyopaque, length: Length) callconv(.c) c_int {
    const result = native.call("getsockopt", Option, .{ fd, level, option, value, length });
    if (result == 0) correctOption(fd, level, option, value, length);
    return result;
}

comptime {
    @export(&connect, .{ .name = "connect" });
    @export(&bind, .{ .name = "bind" });
    @export(&listen, .{ .name = "listen" });
    @export(&accept, .{ .name = "accept" });
    @export(&accept4, .{ .name = "accept4" });
    @export(socketName("getsockname", false), .{ .name = "getsockname" });
    @export(socketName("getpeername", true), .{ .name = "getpeername" });
    @export(&getsockopt, .{ .name = "getsockopt" });
}

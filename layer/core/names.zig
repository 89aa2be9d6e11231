//! Names that the program is told: of its sockets' two ends (getsockname, getpeername), of a failed connection's error,
//! and of the host (uname).

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const addresses = @import("address.zig");
const reply = @import("reply.zig");
const sockets = @import("sockets.zig");
const system = @import("system.zig");

const Address = addresses.Address;
/// How the names of the proxy's own unix sockets begin.
const proxy_path = "\x00mirrord-";
const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;

pub fn startSocketName(call: *Call) Error!Outcome {
    const arguments = call.arguments.socket_name;
    if (!call.session.hasNetwork()) return .local;
    const fd = try call.caller.borrow(arguments.fd);
    defer call.caller.release(fd);
    const local_name = sockets.localName(fd);
    const local = addresses.parse(&local_name) orelse return .local;
    if (local != .unix and addresses.port(local) == 0) return .local;
    const peer_name = sockets.peerName(fd);
    const peer = addresses.parse(&peer_name);
    if (!mayDiffer(local, peer, arguments.peer)) return .local;
    call.state = .waiting;
    return reply.ask(call, .{ .socket_name = .{
        .cookie = system.socketCookie(fd) orelse 0,
        .peer_side = arguments.peer,
        .actual = if (arguments.peer) peer.? else local,
    } });
}

/// The proxy stands on this machine: a connection between two hosts is what it seems. An unconnected socket may have been
/// bound elsewhere than the program asked. A unix socket of the target is one of the proxy's here.
fn mayDiffer(local: Address, peer: ?Address, peer_side: bool) bool {
    if (local == .unix) return peer_side and peer != null and std.mem.startsWith(u8, peer.?.unix.path, proxy_path);
    const other = peer orelse return !peer_side and addresses.port(local) != 0;
    return addresses.isLoopback(other) or addresses.sameHost(local, other);
}

pub fn finishSocketName(call: *Call, bytes: []const u8) Error!Outcome {
    const arguments = call.arguments.socket_name;
    const answer = reply.decode(protocol.AddressReply, bytes) catch return .local;
    const address = answer.address orelse return .local;
    try write(call, arguments.fd, address, arguments.address, arguments.length);
    return call.answer(0);
}

/// Writes a sockaddr as the kernel does: cut to the caller's room, with the full length told.
pub fn write(call: *Call, fd: i32, address: Address, at: usize, length_at: usize) Error!void {
    const borrowed = try call.caller.borrow(fd);
    defer call.caller.release(borrowed);
    const family = sockets.localName(borrowed).family();
    const native = addresses.format(address, family);
    const room = try call.caller.load(u32, length_at);
    try call.caller.write(at, native.bytes[0..@min(room, native.length)]);
    try call.caller.write(length_at, std.mem.asBytes(&native.length));
}

/// The kernel's error of a socket that was connecting to the proxy is not the target's. Nor is "no error" while it is
/// not connected: the proxy may be just about to let it fail.
pub fn startSocketError(call: *Call) Error!Outcome {
    const arguments = call.arguments.socket_error;
    if (!call.session.config.outgoing_tcp) return .local;
    const fd = try call.caller.borrow(arguments.fd);
    defer call.caller.release(fd);
    const kind = sockets.kind(fd) orelse return .local;
    if (kind.type != sockets.stream or kind.family == addresses.family_unix) return .local;
    if (try call.caller.load(u32, arguments.buffer) == 0 and !sockets.isUnconnected(fd)) return .local;
    call.state = .waiting;
    return reply.ask(call, .{ .connect_error = .{ .cookie = system.socketCookie(fd) orelse 0 } });
}

pub fn finishSocketError(call: *Call, bytes: []const u8) Error!Outcome {
    const answer = reply.decode(protocol.ErrnoReply, bytes) catch return .local;
    if (answer.errno == 0) return .local;
    try call.caller.write(call.arguments.socket_error.buffer, std.mem.asBytes(&answer.errno));
    return call.answer(0);
}

pub fn uname(call: *Call) Error!Outcome {
    const hostname = call.session.config.hostname orelse return .local;
    var name: linux.utsname = undefined;
    _ = linux.uname(&name);
    setNodeName(&name, hostname);
    try call.caller.write(call.arguments.uname.buffer, std.mem.asBytes(&name));
    return call.answer(0);
}

pub fn setNodeName(name: *linux.utsname, hostname: []const u8) void {
    const length = @min(hostname.len, name.nodename.len - 1);
    @memset(&name.nodename, 0);
    @memcpy(name.nodename[0..length], hostname[0..length]);
}

test "only what the proxy may have changed is asked about" {
    const loopback = Address{ .v4 = .{ .address = .{ 127, 0, 0, 1 }, .port = 1 } };
    const here = Address{ .v4 = .{ .address = .{ 10, 0, 0, 1 }, .port = 2 } };
    const there = Address{ .v4 = .{ .address = .{ 10, 0, 0, 2 }, .port = 3 } };
    try std.testing.expect(!mayDiffer(here, there, false));
    try std.testing.expect(mayDiffer(here, here, true));
    try std.testing.expect(mayDiffer(loopback, loopback, true));
    try std.testing.expect(mayDiffer(here, null, false));
    try std.testing.expect(!mayDiffer(addresses.withPort(here, 0), null, false));
}

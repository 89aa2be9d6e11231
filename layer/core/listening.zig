//! bind(2), listen(2) and accept(2) of sockets whose incoming traffic is the target's.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const addresses = @import("address.zig");
const connecting = @import("connecting.zig");
const names = @import("names.zig");
const reply = @import("reply.zig");
const session = @import("session.zig");
const sockets = @import("sockets.zig");
const system = @import("system.zig");

const Address = addresses.Address;
const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;

/// bind: the requested address can't be had; waiting for whether it may be another one.
pub const Moving = struct { fd: i32, family: u16, requested: Address };
/// listen: waiting for the address that the program asked for.
pub const Found = struct { fd: i32, actual: Address };

pub fn startBind(call: *Call) Error!Outcome {
    const arguments = call.arguments.bind;
    const native = try connecting.load(call, arguments.address, arguments.length);
    const requested = addresses.parse(&native) orelse return .local;
    if (requested == .unix or call.session.config.incoming_mode == 0) return .local;
    const wanted = listenPort(call.session, addresses.port(requested));
    if (wanted == null and staysLocal(call.session, requested)) return .local;
    const fd = try call.caller.borrow(arguments.fd);
    errdefer call.caller.release(fd);
    const kind = sockets.kind(fd) orelse return releaseToLocal(call, fd);
    if (kind.type != sockets.stream or kind.family != native.family()) return releaseToLocal(call, fd);
    if (wanted) |port| {
        const exact = addresses.format(addresses.withPort(requested, port), kind.family);
        return announce(call, fd, requested, system.bind(fd, exact.slice()));
    }
    const result = system.bind(fd, native.slice());
    if (!isTaken(result)) return announce(call, fd, requested, result);
    // With port 0 the question is whether the program itself has the address.
    const outcome = try askBound(call, fd, requested, addresses.withPort(requested, 0));
    call.state = .{ .moving = .{ .fd = fd, .family = kind.family, .requested = requested } };
    return outcome;
}

/// The program's own second socket on an address is refused by the kernel; anyone else's may be in the way.
fn isTaken(result: isize) bool {
    const errno: linux.E = if (result < 0) @enumFromInt(-result) else return false;
    return errno == .ADDRINUSE or errno == .ADDRNOTAVAIL or errno == .ACCES;
}

fn releaseToLocal(call: *Call, fd: i32) Outcome {
    call.caller.release(fd);
    return .local;
}

/// The real port that the configuration fixes for a requested one.
fn listenPort(of: *const session.Session, port: u16) ?u16 {
    var pairs = of.config.listen_ports.iterator();
    while (pairs.next()) |pair| {
        if (pair.requested == port) return pair.actual;
    }
    return null;
}

fn staysLocal(of: *const session.Session, requested: Address) bool {
    const config = &of.config;
    const port = addresses.port(requested);
    if (port == 0) return true;
    if (config.incoming_ignore_localhost and addresses.isLoopback(requested)) return true;
    if (session.contains(config.incoming_ignore_ports, port)) return true;
    if (session.contains(config.debugger_ports, port)) return true;
    const only = config.incoming_only_ports orelse return false;
    return !session.contains(only, port);
}

fn askBound(call: *Call, fd: i32, requested: Address, actual: Address) Error!Outcome {
    const cookie = system.socketCookie(fd) orelse 0;
    return reply.ask(call, .{ .bound = .{ .cookie = cookie, .requested = requested, .actual = actual } });
}

/// Tells the proxy where a socket is bound, or answers that it could not be.
fn announce(call: *Call, fd: i32, requested: Address, result: isize) Error!Outcome {
    const actual = if (result < 0) null else sockets.localAddress(fd);
    if (actual == null) {
        call.caller.release(fd);
        return call.answer(result);
    }
    const outcome = try askBound(call, fd, requested, actual.?);
    call.state = .{ .binding = fd };
    return outcome;
}

/// The address may be another one: any port there; on another machine's address, this machine's.
pub fn moved(call: *Call, bytes: []const u8) Error!Outcome {
    const moving = call.state.moving;
    const answer = reply.decode(protocol.ErrnoReply, bytes) catch return finishWith(call, -@as(i64, @intFromEnum(linux.E.IO)));
    if (answer.errno != 0) return finishWith(call, -@as(i64, answer.errno));
    call.state = .waiting;
    errdefer call.caller.release(moving.fd);
    const any_port = addresses.withPort(moving.requested, 0);
    var result = tryBind(moving, any_port);
    const elsewhere = !addresses.isLoopback(moving.requested) and !addresses.isUnspecified(moving.requested);
    if (result < 0 and elsewhere) {
        const here = localSubstitute(moving.requested);
        result = tryBind(moving, here);
        if (result < 0) result = tryBind(moving, addresses.withPort(here, 0));
    }
    return announce(call, moving.fd, moving.requested, result);
}

fn tryBind(moving: Moving, address: Address) isize {
    return system.bind(moving.fd, addresses.format(address, moving.family).slice());
}

/// 127.0.0.1 or [::], with the requested port.
fn localSubstitute(requested: Address) Address {
    return switch (requested) {
        .v4 => |v4| .{ .v4 = .{ .address = .{ 127, 0, 0, 1 }, .port = v4.port } },
        else => .{ .v6 = .{ .address = @splat(0), .port = addresses.port(requested), .scope = 0 } },
    };
}

/// ErrnoReply to the last request of bind or listen.
pub fn confirmed(call: *Call, bytes: []const u8) Error!Outcome {
    const answer = reply.decode(protocol.ErrnoReply, bytes) catch return finishWith(call, -@as(i64, @intFromEnum(linux.E.IO)));
    return finishWith(call, -@as(i64, answer.errno));
}

fn finishWith(call: *Call, result: i64) Outcome {
    abandon(call);
    return call.answer(result);
}

/// The real listen comes first: what it refuses, nobody subscribes to.
pub fn startListen(call: *Call) Error!Outcome {
    const arguments = call.arguments.listen;
    if (call.session.config.incoming_mode == 0) return .local;
    const fd = try call.caller.borrow(arguments.fd);
    errdefer call.caller.release(fd);
    const kind = sockets.kind(fd) orelse return releaseToLocal(call, fd);
    if (kind.type != sockets.stream or kind.family == addresses.family_unix) return releaseToLocal(call, fd);
    const result = system.listen(fd, arguments.backlog);
    const actual = if (result < 0) null else sockets.localAddress(fd);
    if (actual == null) {
        call.caller.release(fd);
        return call.answer(result);
    }
    const cookie = system.socketCookie(fd) orelse 0;
    const outcome = try reply.ask(call, .{
        .socket_name = .{ .cookie = cookie, .peer_side = false, .actual = actual.? },
    });
    call.state = .{ .finding = .{ .fd = fd, .actual = actual.? } };
    return outcome;
}

/// What the program asked for when it bound the socket. One that was not announced listens locally only; the proxy must
/// know it all the same: whoever of the session connects there means it, and not the target's port of this number.
pub fn found(call: *Call, bytes: []const u8) Error!Outcome {
    const finding = call.state.finding;
    const answer = reply.decode(protocol.AddressReply, bytes) catch return finishWith(call, -@as(i64, @intFromEnum(linux.E.IO)));
    const requested = answer.address orelse addresses.withPort(finding.actual, 0);
    const backlog = call.arguments.listen.backlog;
    const outcome = try reply.ask(call, .{ .listen = .{
        .cookie = system.socketCookie(finding.fd) orelse 0,
        .requested = requested,
        .actual = finding.actual,
        .backlog = @intCast(std.math.clamp(backlog, 0, 65535)),
    } });
    call.state = .{ .subscribing = finding.fd };
    return outcome;
}

/// Who has really connected: the proxy hands connections over from loopback, so others are not asked about.
pub fn startAccepted(call: *Call) Error!Outcome {
    const arguments = call.arguments.accepted;
    // Asked for even by a caller that doesn't want the address now: getpeername is answered from what is learned here.
    if (call.session.config.incoming_mode == 0) return .local;
    const fd = try call.caller.borrow(arguments.fd);
    defer call.caller.release(fd);
    const peer = sockets.peerAddress(fd) orelse return .local;
    const local = sockets.localAddress(fd) orelse return .local;
    if (!addresses.isLoopback(peer) and !addresses.sameHost(peer, local)) return .local;
    call.state = .waiting;
    const cookie = system.socketCookie(fd) orelse 0;
    return reply.ask(call, .{ .accepted = .{ .cookie = cookie, .peer = peer, .local = local } });
}

pub fn finishAccepted(call: *Call, bytes: []const u8) Error!Outcome {
    const arguments = call.arguments.accepted;
    const answer = reply.decode(protocol.AcceptedReply, bytes) catch return .local;
    const source = answer.source orelse return .local;
    if (arguments.address == 0) return call.answer(0);
    try names.write(call, arguments.fd, source, arguments.address, arguments.length);
    return call.answer(0);
}

/// Gives back what the call holds.
pub fn abandon(call: *Call) void {
    switch (call.state) {
        .moving => |moving| call.caller.release(moving.fd),
        .finding => |finding| call.caller.release(finding.fd),
        .binding, .subscribing => |fd| call.caller.release(fd),
        else => {},
    }
    call.state = .waiting;
}

//! Datagrams of sockets that are not connected. One to a peer of the target goes to a stand-in instead: an address of the
//! proxy's that means this socket and this peer. What comes from a stand-in is told to come from that peer.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const addresses = @import("address.zig");
const connecting = @import("connecting.zig");
const reply = @import("reply.zig");
const routes = @import("routes.zig");
const sockets = @import("sockets.zig");
const system = @import("system.zig");

const Address = addresses.Address;
const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;

/// Stand-ins are addresses in this network; for sockets that can't reach it, ports of ::1.
const network = [_]u8{ 127, 109 };
/// Set with the first stand-in at ::1, and the first of all: until then nothing from there is asked about.
var has_v6_stand_ins = false;

var has_stand_ins = false;

/// Whether a datagram with this sender may come from a stand-in.
pub fn isStandIn(sender: *const addresses.Native) bool {
    const address = switch (sender.family()) {
        addresses.family_v4, addresses.family_v6 => addresses.parse(sender) orelse return false,
        else => return false,
    };
    if (addresses.v4Of(address)) |v4| return std.mem.startsWith(u8, &v4, &network);
    return @atomicLoad(bool, &has_v6_stand_ins, .monotonic) and addresses.isLoopback(address);
}

/// Whether any stand-in is known here: until then nothing that is received comes from one.
pub fn expectsStandIns() bool {
    return @atomicLoad(bool, &has_stand_ins, .monotonic);
}

/// Whether the socket behind `fd` may get datagrams from stand-ins.
pub fn mayReceiveStandIns(fd: i32) bool {
    const kind = sockets.kind(fd) orelse return false;
    return kind.type == sockets.datagram and kind.family != addresses.family_unix;
}

pub fn startSendTo(call: *Call) Error!Outcome {
    const arguments = call.arguments.send_to;
    const native = try connecting.load(call, arguments.address, arguments.length);
    const destination = addresses.parse(&native) orelse return .local;
    if (destination == .unix) return .local;
    if (arguments.flags & linux.MSG.FASTOPEN != 0) return startFastOpen(call, destination);
    if (!connecting.carriesDatagrams(call.session, destination)) return .local;
    const fd = try call.caller.borrow(arguments.fd);
    defer call.caller.release(fd);
    const cookie = system.socketCookie(fd) orelse return .local;
    if (routes.find(cookie, destination)) |way| return go(call, way, native.family());
    const kind = sockets.kind(fd) orelse return .local;
    if (kind.type != sockets.datagram or kind.family == addresses.family_unix) return .local;
    // The kernel takes IPv4 addresses on sockets of IPv6, and not the other way round.
    if (kind.family == addresses.family_v4 and native.family() != addresses.family_v4) return .local;
    const from = boundAddress(fd, kind.family) orelse return .local;
    const outcome = try reply.ask(call, .{ .send_to = .{
        .cookie = cookie,
        .destination = destination,
        .from = from,
        .is_v6_only = kind.family == addresses.family_v6 and sockets.isV6Only(fd),
    } });
    call.state = .{ .routing = .{ .cookie = cookie, .family = native.family(), .destination = destination } };
    return outcome;
}

/// A connect that is hidden in sendto(MSG_FASTOPEN): refused as on a machine where it is switched off, so that the program
/// calls connect.
fn startFastOpen(call: *Call, destination: Address) Error!Outcome {
    if (connecting.staysLocal(call.session, destination) or !call.session.config.outgoing_tcp) return .local;
    const fd = try call.caller.borrow(call.arguments.send_to.fd);
    defer call.caller.release(fd);
    const kind = sockets.kind(fd) orelse return .local;
    return if (kind.type == sockets.stream and sockets.isClosed(fd)) call.fail(.OPNOTSUPP) else .local;
}

/// The socket's address. One without is given what the kernel would give it with the datagram: the proxy must know it.
fn boundAddress(fd: i32, family: u16) ?Address {
    const found = sockets.localAddress(fd) orelse return null;
    if (addresses.port(found) != 0) return found;
    const any = addresses.format(.{ .v6 = .{ .address = @splat(0), .port = 0, .scope = 0 } }, addresses.family_v6);
    const any_v4 = addresses.format(.{ .v4 = .{ .address = @splat(0), .port = 0 } }, addresses.family_v4);
    _ = system.bind(fd, if (family == addresses.family_v6) any.slice() else any_v4.slice());
    const bound = sockets.localAddress(fd) orelse return null;
    return if (addresses.port(bound) == 0) null else bound;
}

fn go(call: *Call, way: routes.Way, family: u16) Outcome {
    switch (way) {
        .as_is => {},
        .elsewhere => |address| call.address = addresses.format(address, family),
    }
    return .local;
}

/// RouteReply has come.
pub fn routed(call: *Call, bytes: []const u8) Error!Outcome {
    const route = call.state.routing;
    call.state = .waiting;
    const answer = reply.decode(protocol.RouteReply, bytes) catch return call.fail(.IO);
    const way: routes.Way = switch (answer) {
        .failed => |failed| return call.answer(-@as(i64, failed.errno)),
        .local => |local| if (addresses.equal(local.destination, route.destination))
            .as_is
        else
            .{ .elsewhere = local.destination },
        .remote => |remote| learn(route, remote.stand_in),
    };
    const is_settled = if (answer == .remote) answer.remote.is_settled else true;
    if (is_settled) routes.remember(route.cookie, route.destination, way);
    return go(call, way, route.family);
}

/// To be said when the proxy has told an address that something of its is at.
pub fn expect(stand_in: Address) void {
    @atomicStore(bool, &has_stand_ins, true, .monotonic);
    if (addresses.v4Of(stand_in) == null) @atomicStore(bool, &has_v6_stand_ins, true, .monotonic);
}

fn learn(route: routes.Route, stand_in: Address) routes.Way {
    expect(stand_in);
    routes.rememberSender(route.cookie, stand_in, route.destination);
    return .{ .elsewhere = stand_in };
}

pub fn startReceived(call: *Call) Error!Outcome {
    const arguments = call.arguments.received;
    const told = try call.caller.load(u32, arguments.length);
    var native = addresses.Native{};
    const length = @min(told, arguments.room, native.bytes.len);
    try call.caller.read(arguments.address, native.bytes[0..length]);
    native.length = @intCast(length);
    if (!isStandIn(&native)) return .local;
    const stand_in = addresses.parse(&native).?;
    const fd = try call.caller.borrow(arguments.fd);
    defer call.caller.release(fd);
    const cookie = system.socketCookie(fd) orelse return .local;
    if (routes.senderOf(cookie, stand_in)) |sender| return tell(call, sender, native.family());
    call.state = .{ .naming = .{ .cookie = cookie, .stand_in = stand_in, .family = native.family() } };
    return reply.ask(call, .{ .received_from = .{ .cookie = cookie, .stand_in = stand_in } });
}

pub fn finishReceived(call: *Call, bytes: []const u8) Error!Outcome {
    const naming = call.state.naming;
    const answer = reply.decode(protocol.AddressReply, bytes) catch return .local;
    const sender = answer.address orelse return .local;
    routes.rememberSender(naming.cookie, naming.stand_in, sender);
    return tell(call, sender, naming.family);
}

/// Writes the sender as the kernel does: cut to the caller's room, with the full length told.
fn tell(call: *Call, sender: Address, family: u16) Error!Outcome {
    const arguments = call.arguments.received;
    const native = addresses.format(sender, family);
    try call.caller.write(arguments.address, native.bytes[0..@min(arguments.room, native.length)]);
    try call.caller.write(arguments.length, std.mem.asBytes(&native.length));
    return call.answer(0);
}

test "stand-ins are told from other senders" {
    const stand_in = addresses.format(.{ .v4 = .{ .address = .{ 127, 109, 3, 4 }, .port = 5 } }, addresses.family_v4);
    const mapped = addresses.format(addresses.parse(&stand_in).?, addresses.family_v6);
    const loopback = addresses.format(.{ .v4 = .{ .address = .{ 127, 0, 0, 1 }, .port = 5 } }, addresses.family_v4);
    try std.testing.expect(isStandIn(&stand_in) and isStandIn(&mapped));
    try std.testing.expect(!isStandIn(&loopback) and !isStandIn(&.{}));
}

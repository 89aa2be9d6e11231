//! What the core asks the kernel about a socket.

const std = @import("std");
const linux = std.os.linux;
const addresses = @import("address.zig");
const system = @import("system.zig");

pub const stream: u32 = linux.SOCK.STREAM;
pub const datagram: u32 = linux.SOCK.DGRAM;

/// Its type, if it is a TCP or UDP socket of either family (`stream` or `datagram`) or a unix socket (any type), and the
/// family.
pub const Kind = struct { type: u32, family: u16 };

pub fn kind(fd: i32) ?Kind {
    const family = system.socketOption(u32, fd, linux.SOL.SOCKET, linux.SO.DOMAIN) orelse return null;
    if (family == addresses.family_unix) {
        const unix_type = system.socketOption(u32, fd, linux.SOL.SOCKET, linux.SO.TYPE) orelse return null;
        return .{ .type = unix_type, .family = addresses.family_unix };
    }
    if (family != addresses.family_v4 and family != addresses.family_v6) return null;
    const protocol = system.socketOption(u32, fd, linux.SOL.SOCKET, linux.SO.PROTOCOL) orelse return null;
    const mptcp = 262;
    return switch (protocol) {
        linux.IPPROTO.TCP, mptcp => .{ .type = stream, .family = @intCast(family) },
        linux.IPPROTO.UDP => .{ .type = datagram, .family = @intCast(family) },
        else => null,
    };
}

const TcpState = enum(u8) { syn_sent = 2, close = 7, _ };

/// The first byte of `struct tcp_info`.
fn tcpState(fd: i32) ?TcpState {
    return @enumFromInt(system.socketOption(u8, fd, linux.IPPROTO.TCP, linux.TCP.INFO) orelse return null);
}

/// Whether a TCP socket is neither connected, connecting nor listening.
pub fn isClosed(fd: i32) bool {
    return tcpState(fd) == .close;
}

/// As `isClosed`, or still connecting.
pub fn isUnconnected(fd: i32) bool {
    const state = tcpState(fd);
    return state == .close or state == .syn_sent;
}

/// Takes back the program's wish that connect() be put off until there is data (TCP_FASTOPEN_CONNECT): its SYN is what the
/// proxy waits for.
pub fn connectAtOnce(fd: i32) void {
    const fastopen_connect = 30;
    if ((system.socketOption(u32, fd, linux.IPPROTO.TCP, fastopen_connect) orelse 0) == 0) return;
    system.setSocketOption(fd, linux.IPPROTO.TCP, fastopen_connect, 0);
}

pub fn localName(fd: i32) addresses.Native {
    var native = addresses.Native{ .length = 128 };
    if (system.getsockname(fd, &native.bytes, &native.length) < 0) return .{};
    return native;
}

pub fn peerName(fd: i32) addresses.Native {
    var native = addresses.Native{ .length = 128 };
    if (system.getpeername(fd, &native.bytes, &native.length) < 0) return .{};
    return native;
}

/// The same of an internet socket, parsed; null if there is none.
pub fn localAddress(fd: i32) ?addresses.Address {
    const native = localName(fd);
    return if (native.family() == addresses.family_unix) null else addresses.parse(&native);
}
pub fn peerAddress(fd: i32) ?addresses.Address {
    const native = peerName(fd);
    return if (native.family() == addresses.family_unix) null else addresses.parse(&native);
}

/// Whether an IPv6 socket takes no IPv4 addresses in their mapped form.
pub fn isV6Only(fd: i32) bool {
    return (system.socketOption(u32, fd, linux.IPPROTO.IPV6, linux.IPV6.V6ONLY) orelse 0) != 0;
}

/// Ends a connection attempt, so that the socket can be used for another one, and forgets its error.
pub fn disconnect(fd: i32) void {
    const unspecified = [_]u8{0} ** 16;
    _ = system.connect(fd, &unspecified);
    _ = system.socketOption(u32, fd, linux.SOL.SOCKET, linux.SO.ERROR);
}

test "a listener is not closed, a new socket is" {
    const fd: i32 = @intCast(system.socket(linux.AF.INET, linux.SOCK.STREAM, 0));
    defer system.close(fd);
    try std.testing.expect(isClosed(fd));
    try std.testing.expectEqual(stream, kind(fd).?.type);
    try std.testing.expect(system.listen(fd, 1) == 0);
    try std.testing.expect(!isClosed(fd));
    try std.testing.expect(addresses.port(localAddress(fd).?) != 0);
    try std.testing.expect(peerAddress(fd) == null);
}

test "unix sockets have a kind, other descriptors have none" {
    const fd: i32 = @intCast(system.socket(linux.AF.UNIX, linux.SOCK.SEQPACKET, 0));
    defer system.close(fd);
    try std.testing.expectEqual(Kind{ .type = linux.SOCK.SEQPACKET, .family = addresses.family_unix }, kind(fd).?);
    try std.testing.expect(kind(-1) == null);
}

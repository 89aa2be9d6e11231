//! connect(2). A remote destination is reached through the proxy's loopback address. A TCP socket stays in SYN_SENT there
//! until the agent has connected, so that readiness, errors and epoll registrations are the program's own socket's.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const addresses = @import("address.zig");
const datagrams = @import("datagrams.zig");
const directories = @import("directories.zig");
const reply = @import("reply.zig");
const session = @import("session.zig");
const sockets = @import("sockets.zig");
const system = @import("system.zig");

const Address = addresses.Address;
const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;

/// Waiting for ConnectReply.
pub const Socket = struct { fd: i32, kind: sockets.Kind, destination: Address };
/// Waiting for the outcome; `address` is the proxy's.
pub const Started = struct { fd: i32, address: addresses.Native, stream: bool };

pub fn start(call: *Call) Error!Outcome {
    const arguments = call.arguments.connect;
    const native = try load(call, arguments.address, arguments.length);
    const destination = addresses.parse(&native) orelse return .local;
    if (staysLocal(call.session, destination)) return .local;
    const fd = try call.caller.borrow(arguments.fd);
    errdefer call.caller.release(fd);
    const kind = sockets.kind(fd);
    if (kind == null or !takes(kind.?, native.family()) or !carries(call.session, fd, kind.?, destination)) {
        call.caller.release(fd);
        return .local;
    }
    const outcome = try reply.ask(call, .{ .connect = .{
        .cookie = system.socketCookie(fd) orelse 0,
        .socket_type = kind.?.type,
        .destination = destination,
        .bound_to = boundTo(fd),
    } });
    call.state = .{ .connecting = .{ .fd = fd, .kind = kind.?, .destination = destination } };
    return outcome;
}

/// An IPv6 socket of datagrams takes IPv4 addresses as they are; glibc sorts what a name stands for with one.
fn takes(kind: sockets.Kind, family: u16) bool {
    if (kind.family == family) return true;
    return kind.type == sockets.datagram and kind.family == addresses.family_v6 and family == addresses.family_v4;
}

/// The caller's sockaddr. A path that is relative to a directory of the target is made absolute, also for what is done
/// natively.
pub fn load(call: *Call, at: usize, length: u32) Error!addresses.Native {
    var native = addresses.Native{};
    if (length > native.bytes.len) return native;
    try call.caller.read(at, native.bytes[0..length]);
    native.length = length;
    if (native.family() != addresses.family_unix or !call.session.may_stand_in_target) return native;
    const given = std.mem.sliceTo(native.bytes[2..@max(2, length)], 0);
    if (given.len == 0 or given[0] == '/') return native;
    const path = try directories.absolute(call, system.AT_FDCWD, given, .first, false) orelse return native;
    if (path.len >= addresses.unix_path_limit) return error.NameTooLong;
    call.address = addresses.format(.{ .unix = .{ .path = path } }, addresses.family_unix);
    return call.address.?;
}

/// Name servers of the target's resolv.conf are the target's wherever they stand, on its loopback address, too.
pub fn staysLocal(of: *const session.Session, destination: Address) bool {
    if (destination == .unix) return !of.config.outgoing_unix;
    const port = addresses.port(destination);
    if (port == 0) return true;
    const here = addresses.isLoopback(destination) or addresses.isUnspecified(destination);
    if (isNameServer(of, port)) return false;
    if (here and of.config.outgoing_ignore_localhost) return true;
    // Popular ports of sidecars: they go to the target even inside a debugger's range.
    if (port == 50000 or port == 50001) return false;
    return addresses.isLoopback(destination) and session.contains(of.config.debugger_ports, port);
}

fn isNameServer(of: *const session.Session, port: u16) bool {
    return port == 53 and of.config.dns_enabled;
}

/// Whether the session takes this socket's connections. A second connect on a socket that is connecting or connected
/// already is the kernel's to answer. Who asks name servers by themselves does so whatever else is local.
fn carries(of: *const session.Session, fd: i32, kind: sockets.Kind, destination: Address) bool {
    if (kind.family == addresses.family_unix) return kind.type != sockets.datagram and sockets.peerName(fd).length == 0;
    const asks_names = isNameServer(of, addresses.port(destination));
    if (kind.type == sockets.datagram) return carriesDatagrams(of, destination);
    return (of.config.outgoing_tcp or asks_names) and sockets.isClosed(fd);
}

/// Whether the session takes datagrams from a socket that is not connected. They are not refused for what many of them are
/// for: everybody on the local network.
pub fn carriesDatagrams(of: *const session.Session, destination: Address) bool {
    if (staysLocal(of, destination) or addresses.isToMany(destination)) return false;
    return of.config.outgoing_udp or isNameServer(of, addresses.port(destination));
}

fn boundTo(fd: i32) ?Address {
    const local = sockets.localAddress(fd) orelse return null;
    return if (addresses.port(local) == 0 and addresses.isUnspecified(local)) null else local;
}

/// ConnectReply has come.
pub fn answered(call: *Call, bytes: []const u8) Error!Outcome {
    const socket = call.state.connecting;
    const answer = reply.decode(protocol.ConnectReply, bytes) catch {
        abandon(call);
        return call.fail(.IO);
    };
    switch (answer) {
        .failed => |failed| {
            // An earlier attempt that has failed leaves an error in the socket.
            if (socket.kind.family != addresses.family_unix and socket.kind.type == sockets.stream) {
                sockets.disconnect(socket.fd);
            }
            abandon(call);
            return call.answer(-@as(i64, failed.errno));
        },
        .local => |local| {
            abandon(call);
            // A unix socket's path was the caller's, and is never another one.
            const moved = socket.kind.family != addresses.family_unix and
                !addresses.equal(local.destination, socket.destination);
            if (moved) call.address = addresses.format(local.destination, socket.kind.family);
            return .local;
        },
        .remote => |remote| return connectToProxy(call, socket, remote.id, remote.address),
    }
}

fn connectToProxy(call: *Call, socket: Socket, id: u64, proxy: Address) Error!Outcome {
    const address = addresses.format(proxy, socket.kind.family);
    const stream = socket.kind.type == sockets.stream and socket.kind.family != addresses.family_unix;
    if (stream) sockets.connectAtOnce(socket.fd);
    if (socket.kind.type == sockets.datagram) datagrams.expect(proxy);
    const flags = @max(0, system.fcntl(socket.fd, linux.F.GETFL, 0));
    const blocking = flags & system.O.NONBLOCK == 0;
    const result = if (stream and blocking)
        connectWithoutWaiting(socket.fd, address.slice(), @intCast(flags))
    else
        system.connect(socket.fd, address.slice());
    const under_way = result == -@as(isize, @intFromEnum(linux.E.INPROGRESS));
    if (result < 0 and !under_way) {
        // Port 0 tells the proxy that nobody will come.
        abandon(call);
        call.result = result;
        return reply.tell(call, .{ .connect_started = .{ .id = id, .local_port = 0, .wait = false } });
    }
    const local = sockets.localAddress(socket.fd);
    // A datagram socket's connect says at once whether the network can be reached, and from which address.
    const waits = blocking or socket.kind.type == sockets.datagram;
    const outcome = try reply.ask(call, .{ .connect_started = .{
        .id = id,
        .local_port = if (local) |known| addresses.port(known) else 0,
        .wait = waits,
    } });
    call.state = .{ .establishing = .{ .fd = socket.fd, .address = address, .stream = stream } };
    if (waits) {
        call.interruptible = true;
        call.limit_ms = sendTimeout(socket.fd);
        return outcome;
    }
    abandon(call);
    call.result = result;
    return .tell;
}

/// The flag is the open file description's, so it is set no longer than the call takes.
fn connectWithoutWaiting(fd: i32, address: []const u8, flags: usize) isize {
    _ = system.fcntl(fd, linux.F.SETFL, flags | system.O.NONBLOCK);
    defer _ = system.fcntl(fd, linux.F.SETFL, flags);
    return system.connect(fd, address);
}

/// SO_SNDTIMEO in milliseconds, which bounds a blocking connect; 0 = none.
fn sendTimeout(fd: i32) u32 {
    const timeout = system.socketOption([2]i64, fd, linux.SOL.SOCKET, linux.SO.SNDTIMEO) orelse return 0;
    const ms = timeout[0] *| 1000 +| @divTrunc(timeout[1] +| 999, 1000);
    return @intCast(std.math.clamp(ms, 0, std.math.maxInt(i32)));
}

/// How a blocking connect has ended.
pub fn established(call: *Call, bytes: []const u8) Error!Outcome {
    const started = call.state.establishing;
    defer abandon(call);
    const end = reply.decode(protocol.ErrnoReply, bytes) catch return call.fail(.IO);
    if (!started.stream) return call.answer(-@as(i64, end.errno));
    if (end.errno != 0) {
        sockets.disconnect(started.fd);
        return call.answer(-@as(i64, end.errno));
    }
    // The kernel notes that the socket is connected only in a second connect().
    return call.answer(system.connect(started.fd, started.address.slice()));
}

/// Gives back what the call holds.
pub fn abandon(call: *Call) void {
    switch (call.state) {
        .connecting => |socket| call.caller.release(socket.fd),
        .establishing => |started| call.caller.release(started.fd),
        else => {},
    }
    call.state = .waiting;
    call.interruptible = false;
}

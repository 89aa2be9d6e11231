//! Who speaks with the proxy: calls that must ask get a connection of their own for one exchange, or wait for one.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const core = @import("core");
const kernel = @import("kernel.zig");
const connection_file = @import("connection.zig");
const slots = @import("slots.zig");
const Connection = connection_file.Connection;
const Service = @import("service.zig").Service;

const connection_count = 128;

var connections: [connection_count]Connection = @splat(.{});
var bodies: [connection_count][connection_file.room]u8 = undefined;

/// Sends the call's request, now or when a connection is free.
pub fn ask(service: *Service, index: u32) void {
    const slot = slots.at(index);
    if (slot.connection) |number| return send(service, number);
    const number = freeConnection(service) orelse {
        slot.queued = isAnyBusy();
        // Without a connection that will be free there is no proxy any more.
        return if (!slot.queued) abandon(service, index);
    };
    connections[number].owner = index;
    slot.connection = number;
    if (connections[number].joined) send(service, number);
}

/// The call has ended: its connection works for the next.
pub fn release(service: *Service, index: u32) void {
    const number = slots.at(index).connection orelse return;
    slots.at(index).connection = null;
    connections[number].owner = null;
    serveQueue(service);
}

/// The call goes on without its answer, which would come on this connection.
pub fn forget(service: *Service, index: u32) void {
    const number = slots.at(index).connection orelse return;
    slots.at(index).connection = null;
    connections[number].owner = null;
    connections[number].close();
    serveQueue(service);
}

/// Something has come on a connection.
pub fn arrive(service: *Service, number: u32) void {
    const connection = &connections[number];
    while (connection.fd >= 0) switch (connection.receive()) {
        .nothing => return,
        .broken => return lose(service, connection),
        .frame => |body| reply(service, connection, body),
    };
}

fn send(service: *Service, number: u8) void {
    const connection = &connections[number];
    const index = connection.owner orelse return serveQueue(service);
    const slot = slots.at(index);
    connection.send(slot.call.request) catch return lose(service, connection);
    if (slot.tell) service.finish(index, slot.call.result);
}

fn serveQueue(service: *Service) void {
    var calls = slots.inUse();
    while (calls.next()) |index| {
        if (!slots.at(index).queued) continue;
        slots.at(index).queued = false;
        return ask(service, index);
    }
}

fn reply(service: *Service, connection: *Connection, body: []const u8) void {
    if (!connection.joined) {
        if (!core.config.joined(body)) checked.die("the internal proxy does not know this session", .{});
        connection.joined = true;
        return send(service, numberOf(connection));
    }
    const index = connection.owner orelse return lose(service, connection);
    const call = &slots.at(index).call;
    call.attached = connection.takeAttached();
    const outcome = core.finish(call, body);
    if (call.attached >= 0) _ = linux.close(call.attached);
    call.attached = -1;
    service.follow(index, outcome);
}

fn numberOf(connection: *Connection) u8 {
    return @intCast((@intFromPtr(connection) - @intFromPtr(&connections)) / @sizeOf(Connection));
}

/// The proxy has gone: the session's guardian ends the program; until then calls fail.
fn lose(service: *Service, connection: *Connection) void {
    const owner = connection.owner;
    connection.close();
    if (owner) |index| {
        slots.at(index).connection = null;
        abandon(service, index);
    }
    serveQueue(service);
}

fn abandon(service: *Service, index: u32) void {
    const call = &slots.at(index).call;
    service.follow(index, core.abandon(call, core.proxyGone(call)));
}

fn isAnyBusy() bool {
    for (&connections) |*connection| if (connection.owner != null) return true;
    return false;
}

/// An idle connection, or a new one.
fn freeConnection(service: *Service) ?u8 {
    var unused: ?u8 = null;
    for (&connections, 0..) |*connection, number| {
        if (connection.fd >= 0 and connection.owner == null and connection.joined) return @intCast(number);
        if (connection.fd < 0 and unused == null) unused = @intCast(number);
    }
    const number = unused orelse return null;
    open(service, number) catch {
        connections[number].close();
        return null;
    };
    return number;
}

fn open(service: *Service, number: u8) checked.Error!void {
    var join: [2048]u8 = undefined;
    const pid: u32 = @intCast(linux.getpid());
    const frame = core.config.joinRequest(&join, &service.proxy, pid, .supervisor, service.session.executable);
    try connections[number].open(service.proxy.socketAddress(), frame, &bodies[number]);
    try service.watch(connections[number].fd, .connection, number);
}

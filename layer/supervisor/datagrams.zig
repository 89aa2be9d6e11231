//! Datagrams to and from addresses. Sending: when the core has another address for one, it is sent from here. Receiving:
//! from a socket that may get datagrams from stand-ins the datagram is received here, so that the caller is told its true
//! sender; the kernel receives everything else.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const message = @import("message.zig");
const slots = @import("slots.zig");
const waiting = @import("waiting.zig");
const Service = @import("service.zig").Service;

const Message = message.Message;

/// Sends the call's message to `address` instead. For sendmmsg(2) it is the first of several, and the only one that is
/// sent: to send fewer than asked for is the call's right.
pub fn send(call: *core.Call, sending: message.Sending, address: []const u8) core.Error!core.Outcome {
    const caller = call.caller;
    const fd = try caller.borrow(call.arguments.send_to.fd);
    defer caller.release(fd);
    const prepared = try message.load(caller, sending.from);
    // The proxy empties its queue soon: what finds it full is lost, as a datagram may be.
    const flags = call.arguments.send_to.flags | linux.MSG.DONTWAIT;
    const result = message.send(fd, &prepared, address, flags);
    const would_wait = -@as(isize, @intFromEnum(linux.E.AGAIN));
    const sent: isize = if (result == would_wait) @intCast(prepared.length) else result;
    const length_at = sending.length_at orelse return call.answer(sent);
    if (sent < 0) return call.answer(sent);
    const length: u32 = @intCast(sent);
    try caller.write(length_at, std.mem.asBytes(&length));
    return call.answer(1);
}

/// Whether the call is to be received here; if so, it goes on until there is a datagram.
pub fn begin(service: *Service, index: u32, receiving: message.Receiving) core.Error!bool {
    if (!core.expectsStandIns()) return false;
    const slot = slots.at(index);
    const fd = try slot.tracee.caller().borrow(receiving.fd);
    if (!core.mayReceiveStandIns(fd)) {
        slot.tracee.caller().release(fd);
        return false;
    }
    slot.receiving = receiving;
    slot.socket = fd;
    slot.deadline = waiting.deadlineOf(core.system.socketOption([2]i64, fd, linux.SOL.SOCKET, linux.SO.RCVTIMEO));
    attempt(service, index);
    return true;
}

/// Receives, if there is a datagram.
pub fn attempt(service: *Service, index: u32) void {
    const slot = slots.at(index);
    if (!service.listener.waits(slot.notification.id)) return service.release(index); // the caller was killed
    const receiving = slot.receiving.?;
    const flags = linux.fcntl(slot.socket, linux.F.GETFL, 0);
    const blocking = flags & core.system.O.NONBLOCK == 0 and receiving.flags & linux.MSG.DONTWAIT == 0;
    var received: Message = undefined;
    const result = message.receive(slot.socket, &received, receiving.flags | linux.MSG.DONTWAIT);
    if (result == -@as(isize, @intFromEnum(linux.E.AGAIN)) and blocking) {
        return service.awaitReadable(index, slot.socket);
    }
    service.awaitNoMore(index);
    if (result < 0) return service.finish(index, result);
    give(service, index, &received, @intCast(result)) catch service.finish(index, -@as(i64, @intFromEnum(linux.E.FAULT)));
}

/// Writes what was received to where the caller wants it, and asks the core for the sender.
fn give(service: *Service, index: u32, received: *const Message, length: usize) core.Error!void {
    const slot = slots.at(index);
    const receiving = slot.receiving.?;
    const caller = slot.tracee.caller();
    const stored = try message.store(caller, receiving, received, length);
    slot.received = if (receiving.count_at == null) @intCast(stored.count) else 1;
    const place = stored.name orelse return service.finish(index, slot.received);
    service.start(index, .{ .received = .{
        .fd = receiving.fd,
        .address = place.address,
        .length = place.length,
        .room = place.room,
    } });
}

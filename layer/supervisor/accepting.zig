//! accept(2), which may take for ever: the supervisor accepts in the caller's place as soon as a connection is there, so
//! that it can tell the caller the true peer.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const native = @import("native.zig");
const slots = @import("slots.zig");
const waiting = @import("waiting.zig");
const Service = @import("service.zig").Service;

const Slot = slots.Slot;

pub fn begin(service: *Service, index: u32, accept: slots.Accept) core.Error!void {
    const slot = slots.at(index);
    slot.accept = accept;
    slot.accepting = try slot.tracee.caller().borrow(accept.fd);
    const limit = core.system.socketOption([2]i64, slot.accepting, linux.SOL.SOCKET, linux.SO.RCVTIMEO);
    slot.deadline = waiting.deadlineOf(limit);
    attempt(service, index);
}

/// Accepts, if the listener has a connection.
pub fn attempt(service: *Service, index: u32) void {
    const slot = slots.at(index);
    if (!service.listener.waits(slot.notification.id)) return service.release(index); // the caller was killed
    const listener = slot.accepting;
    const flags = linux.fcntl(listener, linux.F.GETFL, 0);
    const blocking = flags & @as(u32, @bitCast(linux.O{ .NONBLOCK = true })) == 0;
    if (blocking and !readable(listener)) {
        return service.awaitReadable(index, listener);
    }
    const new_flags = slot.accept.flags | linux.SOCK.CLOEXEC;
    const result = if (blocking) acceptSoon(listener, new_flags) else linux.accept4(listener, null, null, new_flags);
    if (blocking and linux.E.init(result) == .INTR) return service.awaitReadable(index, listener);
    const value: i64 = @as(isize, @bitCast(result));
    service.awaitNoMore(index);
    _ = linux.close(listener);
    slot.accepting = if (value < 0) -1 else @intCast(result);
    if (value < 0) return service.finish(index, value);
    name(service, index) catch finish(service, index);
}

/// accept4(2) on a listener that could be read just now. A process that is not served may share it, and have taken the
/// connection: the wait for another is then interrupted by a timer.
fn acceptSoon(listener: i32, flags: u32) usize {
    const patience_us = 2000;
    letTimerInterrupt();
    setTimer(patience_us);
    defer setTimer(0);
    return linux.accept4(listener, null, null, flags);
}

/// Sends SIGALRM after, and every, so many microseconds: one may come right before the call that it is to interrupt. 0 = no more.
fn setTimer(interval_us: i64) void {
    const real = 0; // ITIMER_REAL
    const every = linux.timeval{ .sec = 0, .usec = interval_us };
    const timer = [2]linux.timeval{ every, every };
    _ = linux.syscall3(.setitimer, real, @intFromPtr(&timer), 0);
}

var timer_interrupts = false;

fn letTimerInterrupt() void {
    if (timer_interrupts) return;
    timer_interrupts = true;
    const nothing = struct {
        fn handle(_: i32) callconv(.c) void {}
    }.handle;
    const action = linux.Sigaction{ .handler = .{ .handler = nothing }, .mask = linux.sigemptyset(), .flags = 0 };
    _ = linux.sigaction(linux.SIG.ALRM, &action, null);
    var only = linux.sigemptyset();
    linux.sigaddset(&only, linux.SIG.ALRM);
    _ = linux.sigprocmask(linux.SIG.UNBLOCK, &only, null);
}

pub fn finish(service: *Service, index: u32) void {
    const slot = slots.at(index);
    const close_on_exec = slot.accept.flags & linux.SOCK.CLOEXEC != 0;
    service.listener.answerWithDescriptor(slot.notification.id, slot.accepting, close_on_exec);
    service.release(index);
}

/// From here `accepting` is the new socket, which the core reads through a caller of its own.
fn name(service: *Service, index: u32) core.Error!void {
    const slot = slots.at(index);
    var address: [128]u8 align(8) = undefined;
    var length: linux.socklen_t = address.len;
    if (linux.E.init(linux.getpeername(slot.accepting, @ptrCast(&address), &length)) == .SUCCESS) {
        try native.giveAddress(slot.tracee.caller(), slot.accept.address, slot.accept.length, address[0..length]);
    }
    const accept = slot.accept;
    slot.call = .{
        .session = service.session,
        .caller = .{ .context = slot, .vtable = &accepted_vtable },
        .arguments = .{ .accepted = .{ .fd = slot.accepting, .address = accept.address, .length = accept.length } },
    };
    service.follow(index, core.start(&slot.call));
}

fn readable(fd: i32) bool {
    var polled = [_]linux.pollfd{.{ .fd = fd, .events = linux.POLL.IN, .revents = 0 }};
    return linux.E.init(linux.poll(&polled, 1, 0)) == .SUCCESS and polled[0].revents != 0;
}

/// The caller's memory, but our own descriptor: the accepted socket is not yet the caller's.
const accepted_vtable = core.Caller.VTable{
    .read = readCaller,
    .write = writeCaller,
    .string = stringOfCaller,
    .room = roomOfCaller,
    .borrow = borrowAccepted,
    .release = releaseAccepted,
    .umask = umaskOfCaller,
    .workingDirectory = workingDirectoryOfCaller,
};

fn slotOf(context: *anyopaque) *Slot {
    return @ptrCast(@alignCast(context));
}
fn readCaller(context: *anyopaque, at: usize, into: []u8) core.Error!void {
    return slotOf(context).tracee.caller().read(at, into);
}
fn writeCaller(context: *anyopaque, at: usize, bytes: []const u8) core.Error!void {
    return slotOf(context).tracee.caller().write(at, bytes);
}
fn stringOfCaller(context: *anyopaque, at: usize) core.Error![:0]const u8 {
    return slotOf(context).tracee.caller().string(at);
}
fn roomOfCaller(context: *anyopaque) core.Error![]u8 {
    return &slotOf(context).room;
}
fn borrowAccepted(_: *anyopaque, fd: i32) core.Error!i32 {
    return fd;
}
fn releaseAccepted(_: *anyopaque, _: i32) void {}
fn umaskOfCaller(context: *anyopaque) u32 {
    return slotOf(context).tracee.caller().umask();
}
fn workingDirectoryOfCaller(context: *anyopaque, into: []u8) core.Error!?[]const u8 {
    return slotOf(context).tracee.caller().workingDirectory(into);
}

test "a connection that somebody else has taken is not waited for" {
    const listener: i32 = @intCast(linux.socket(linux.AF.INET, linux.SOCK.STREAM | linux.SOCK.CLOEXEC, 0));
    defer _ = linux.close(listener);
    try std.testing.expectEqual(0, linux.listen(listener, 1));
    try std.testing.expectEqual(linux.E.INTR, linux.E.init(acceptSoon(listener, linux.SOCK.CLOEXEC)));
}

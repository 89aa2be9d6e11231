//! What ends a call that waits here in the caller's place: a signal for the caller, its death, and the time that its
//! socket allows.
//! The kernel tells nobody that a signal waits for a thread whose call is notified, so it is looked for from time to time
//! while there is such a call.
const std = @import("std");
const linux = std.os.linux;
const kernel = @import("kernel.zig");
const processes = @import("processes.zig");
const slots = @import("slots.zig");

pub const interval_ms = 50;
/// The kernel's own word for "interrupted": on its way back to the program it runs the signal's handler, and then makes the
/// call anew or lets it fail with EINTR, as the handler's flags and the call want it.
const restart: i64 = -512;

/// What a call answers that a signal interrupts. One that has a limit is never made anew: its time would begin again.
pub fn interrupted(slot: *const slots.Slot) i64 {
    return if (slot.deadline == 0) restart else -@as(i64, @intFromEnum(linux.E.INTR));
}

/// How a wait has ended.
pub const End = enum { goes_on, gone, signal, expired };

/// Milliseconds of the monotonic clock; 0 = none.
pub fn deadlineOf(timeout: ?[2]i64) u64 {
    const given = timeout orelse return 0;
    const ms = given[0] *| 1000 +| @divTrunc(given[1] +| 999, 1000);
    return if (ms <= 0) 0 else nowMs() + @as(u64, @intCast(ms));
}

pub fn deadlineAfter(limit_ms: u32) u64 {
    return if (limit_ms == 0) 0 else nowMs() + limit_ms;
}

/// Whether it is time to look again, after `looked_ms`; which is then now.
pub fn isTime(looked_ms: *u64) bool {
    const now = nowMs();
    if (now < looked_ms.* + interval_ms) return false;
    looked_ms.* = now;
    return true;
}

pub fn look(listener: kernel.Listener, slot: *const slots.Slot) End {
    if (!listener.waits(slot.notification.id)) return .gone;
    if (slot.deadline != 0 and nowMs() >= slot.deadline) return .expired;
    return if (hasSignal(slot.tracee.tid)) .signal else .goes_on;
}

fn nowMs() u64 {
    var now: linux.timespec = undefined;
    _ = linux.clock_gettime(.MONOTONIC, &now);
    return @intCast(now.sec * 1000 + @divTrunc(now.nsec, 1_000_000));
}

fn hasSignal(tid: u32) bool {
    var buffer: [4096]u8 = undefined;
    return isInterrupted(processes.fileOf(tid, "status", &buffer) orelse return false);
}

/// Whether the thread that `status` (its file in /proc) is about will handle a signal. What is sent to the whole process the
/// kernel gives to its first thread, if that does not block it.
fn isInterrupted(status: []const u8) bool {
    const process = processes.fieldOf(status, "Tgid:\t") orelse "";
    const thread = processes.fieldOf(status, "\nPid:\t") orelse "-";
    const shared = if (std.mem.eql(u8, process, thread)) maskIn(status, "ShdPnd:\t") else 0;
    return (maskIn(status, "SigPnd:\t") | shared) & ~maskIn(status, "SigBlk:\t") != 0;
}

fn maskIn(status: []const u8, name: []const u8) u64 {
    return std.fmt.parseInt(u64, processes.fieldOf(status, name) orelse return 0, 16) catch 0;
}

test "a signal counts when it is not blocked, and for this thread" {
    const form = "Name:\tx\nTgid:\t{d}\nPid:\t7\nSigPnd:\t{x:0>16}\nShdPnd:\t{x:0>16}\nSigBlk:\t{x:0>16}\n";
    const Case = struct { process: u32, own: u64, shared: u64, blocked: u64, expected: bool };
    for ([_]Case{
        .{ .process = 7, .own = 0, .shared = 0, .blocked = 0, .expected = false },
        .{ .process = 7, .own = 2, .shared = 0, .blocked = 1, .expected = true },
        .{ .process = 7, .own = 0, .shared = 2, .blocked = 0, .expected = true },
        .{ .process = 6, .own = 0, .shared = 2, .blocked = 0, .expected = false },
        .{ .process = 7, .own = 2, .shared = 2, .blocked = 2, .expected = false },
    }) |case| {
        var buffer: [256]u8 = undefined;
        const status = try std.fmt.bufPrint(&buffer, form, .{ case.process, case.own, case.shared, case.blocked });
        try std.testing.expectEqual(case.expected, isInterrupted(status));
    }
    try std.testing.expect(!isInterrupted(""));
}

test "a timeout of a socket is a deadline" {
    try std.testing.expectEqual(0, deadlineOf(null));
    try std.testing.expectEqual(0, deadlineOf(.{ 0, 0 }));
    const deadline = deadlineOf(.{ 1, 500_000 });
    try std.testing.expect(deadline >= nowMs() + 1400 and deadline <= nowMs() + 1500);
}

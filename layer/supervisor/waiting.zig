//! What ends a call that waits here in the caller's place: a signal for the caller, and the time that its socket allows.
//! The kernel tells nobody that a signal waits for a thread whose call is notified, so it is looked for from time to time
//! while there is such a call.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const slots = @import("slots.zig");

pub const interval_ms = 50;
/// The kernel's own word for "interrupted": on its way back to the program it runs the signal's handler, and then makes the
/// call anew or lets it fail with EINTR, as the handler's flags and the call want it.
pub const restart: i64 = -512;

/// How a wait has ended.
pub const End = enum { goes_on, signal, expired };

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

pub fn look(slot: *const slots.Slot) End {
    if (slot.deadline != 0 and nowMs() >= slot.deadline) return .expired;
    return if (hasSignal(slot.tracee.tid)) .signal else .goes_on;
}

fn nowMs() u64 {
    var now: linux.timespec = undefined;
    _ = linux.clock_gettime(.MONOTONIC, &now);
    return @intCast(now.sec * 1000 + @divTrunc(now.nsec, 1_000_000));
}

/// Whether a signal that is not blocked waits for the thread.
fn hasSignal(tid: u32) bool {
    var path: [32]u8 = undefined;
    const name = std.fmt.bufPrintZ(&path, "/proc/{d}/status", .{tid}) catch return false;
    const opened = linux.open(name, .{ .CLOEXEC = true }, 0);
    if (linux.E.init(opened) != .SUCCESS) return false;
    defer _ = linux.close(@intCast(opened));
    var text: [4096]u8 = undefined;
    const n = linux.read(@intCast(opened), &text, text.len);
    return linux.E.init(n) == .SUCCESS and isInterrupted(text[0..n]);
}

fn isInterrupted(status: []const u8) bool {
    const pending = maskIn(status, "SigPnd:\t") | maskIn(status, "ShdPnd:\t");
    return pending & ~maskIn(status, "SigBlk:\t") != 0;
}

fn maskIn(status: []const u8, name: []const u8) u64 {
    const start = (std.mem.indexOf(u8, status, name) orelse return 0) + name.len;
    const end = std.mem.indexOfScalarPos(u8, status, start, '\n') orelse return 0;
    return std.fmt.parseInt(u64, status[start..end], 16) catch 0;
}

test "a signal counts when it is not blocked" {
    const status = "Name:\tx\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000004000\nSigBlk:\t0000000000000001\n";
    try std.testing.expect(isInterrupted(status));
    const blocked = "SigPnd:\t0000000000004000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000004000\n";
    try std.testing.expect(!isInterrupted(blocked));
    try std.testing.expect(!isInterrupted(""));
}

test "a timeout of a socket is a deadline" {
    try std.testing.expectEqual(0, deadlineOf(null));
    try std.testing.expectEqual(0, deadlineOf(.{ 0, 0 }));
    const deadline = deadlineOf(.{ 1, 500_000 });
    try std.testing.expect(deadline >= nowMs() + 1400 and deadline <= nowMs() + 1500);
}

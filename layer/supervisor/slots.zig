//! The calls in progress: each notification that was received and is not answered yet stands in a slot of its own.
const std = @import("std");
const core = @import("core");
const kernel = @import("kernel.zig");
const message = @import("message.zig");
const translate = @import("translate.zig");
const Tracee = @import("tracee.zig").Tracee;

/// Calls in progress at once; more wait in the kernel.
pub const count = 512;

pub const Accept = @FieldType(translate.Step, "accept");

pub const Slot = struct {
    notification: kernel.Notification,
    tracee: Tracee,
    call: core.Call,
    /// The connection to the proxy that works for this call.
    connection: ?u8,
    /// Waits for a free connection.
    queued: bool,
    /// Answer without waiting for a reply.
    tell: bool,
    /// An accept's listener while it waits, then the new socket; −1 for other calls.
    accepting: i32,
    accept: Accept,
    /// A call that sends to an address, or receives with one; null for other calls.
    sending: ?message.Sending,
    receiving: ?message.Receiving,
    /// While it receives: the caller's socket; −1 for other calls. Then how much was received.
    socket: i32,
    received: i64,
    /// What epoll tells of for this call: one of the two above while it waits; else −1.
    awaited: i32,
    /// When a wait ends by itself (`waiting.zig`); 0 = never.
    deadline: u64,
    room: [core.room_size]u8,
    strings: [2][core.path_limit]u8,
};

/// Memory that was never used is never touched: what tells which slots are in use lies apart.
var slots: [count]Slot = undefined;
var unused = std.StaticBitSet(count).initFull();

/// A slot of its own for a new call, or null.
pub fn take() ?u32 {
    const index = unused.toggleFirstSet() orelse return null;
    const slot = &slots[index];
    slot.connection = null;
    slot.queued = false;
    slot.tell = false;
    slot.accepting = -1;
    slot.sending = null;
    slot.receiving = null;
    slot.socket = -1;
    slot.awaited = -1;
    slot.deadline = 0;
    return @intCast(index);
}

pub fn give(index: u32) void {
    unused.set(index);
}

pub fn at(index: u32) *Slot {
    return &slots[index];
}

/// Whether the call waits here in the caller's place.
pub fn waits(index: u32) bool {
    const slot = &slots[index];
    if (slot.connection != null) return slot.call.interruptible;
    return !slot.queued and (slot.accepting >= 0 or slot.socket >= 0);
}

pub fn isUsed(index: u32) bool {
    return !unused.isSet(index);
}

pub fn free() usize {
    return unused.count();
}

/// Indexes of the calls in progress. Calls may end while it goes on.
pub fn inUse() Iterator {
    return .{ .indexes = unused.iterator(.{ .kind = .unset }) };
}

pub const Iterator = struct {
    indexes: std.StaticBitSet(count).Iterator(.{ .kind = .unset }),

    pub fn next(self: *Iterator) ?u32 {
        while (self.indexes.next()) |index| if (isUsed(@intCast(index))) return @intCast(index);
        return null;
    }
};

test "slots are taken one by one, and found while they are in use" {
    const first = take().?;
    const second = take().?;
    try std.testing.expectEqual(count - 2, free());
    give(first);
    var calls = inUse();
    try std.testing.expectEqual(second, calls.next().?);
    try std.testing.expectEqual(null, calls.next());
    give(second);
    for (0..count) |_| _ = take().?;
    try std.testing.expectEqual(null, take());
    for (0..count) |index| give(@intCast(index));
}

//! Whether this process is still the one that the layer's memory describes. A fork has a copy of all memory, but must not
//! use its parent's connections; a vfork child stands in its parent's memory and must not change it.

const std = @import("std");
const linux = std.os.linux;
const system = @import("core").system;

/// The process that owns the layer's state: its pid, 0 in a fresh process, `claiming` for a moment. The page is wiped in
/// a forked child by the kernel.
var page: ?*u32 = null;
/// Stands in for the page where the kernel can't wipe (before 4.14): a fork then shows by its pid.
var fallback: u32 = 0;

const claiming = std.math.maxInt(u32);
const wipe_on_fork = 18;

pub fn init() void {
    const memory = system.allocate(4096) orelse return;
    const result: isize = @bitCast(linux.madvise(memory.ptr, memory.len, wipe_on_fork));
    if (result < 0) return system.free(memory);
    page = @ptrCast(memory.ptr);
}

fn owner() *u32 {
    return page orelse &fallback;
}

pub const Standing = enum {
    /// The state is ours.
    own,
    /// A new process: the caller has the state to itself, empties it, and then calls `claimed`.
    fresh,
    /// The state belongs to someone else (our vfork parent), or another thread is just claiming it.
    foreign,
};

pub fn standing(pid: u32) Standing {
    const current = @atomicLoad(u32, owner(), .acquire);
    if (current == pid) return .own;
    if (current == claiming or (page != null and current != 0)) return .foreign;
    const lost = @cmpxchgStrong(u32, owner(), current, claiming, .acq_rel, .acquire) != null;
    return if (lost) .foreign else .fresh;
}

pub fn claimed(pid: u32) void {
    @atomicStore(u32, owner(), pid, .release);
}

/// A value that differs after a fork, to be compared with its like from before.
pub fn mark() u32 {
    return @atomicLoad(u32, owner(), .acquire);
}

test "a process claims its state once" {
    init();
    const pid = system.pid();
    try std.testing.expectEqual(Standing.fresh, standing(pid));
    try std.testing.expectEqual(Standing.foreign, standing(pid));
    claimed(pid);
    try std.testing.expectEqual(Standing.own, standing(pid));
    try std.testing.expectEqual(Standing.foreign, standing(pid + 1));
}

test "a forked child is fresh" {
    init();
    const parent = system.pid();
    if (standing(parent) == .fresh) claimed(parent);
    const child: isize = @bitCast(linux.fork());
    if (child == 0) linux.exit(if (standing(system.pid()) == .fresh) 0 else 1);
    var status: u32 = 0;
    _ = linux.waitpid(@intCast(child), &status, 0);
    try std.testing.expectEqual(@as(u32, 0), status);
}

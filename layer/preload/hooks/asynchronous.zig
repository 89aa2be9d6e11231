//! getaddrinfo_a(3). A list in which a name is the target's is resolved before the call returns, and its end told as if it
//! had come at once: libc's own threads would ask this machine.

const std = @import("std");
const linux = std.os.linux;
const lists = @import("../address_list.zig");
const native = @import("../native.zig");
const resolving = @import("resolving.zig");

/// `struct gaicb`.
const Request = extern struct {
    name: ?[*:0]const u8,
    service: ?[*:0]const u8,
    hints: ?*const lists.Info,
    result: ?*lists.Info,
    code: c_int,
    unused: [5]c_int,
};

/// The start of `struct sigevent`.
const Event = extern struct {
    value: usize,
    signal: c_int,
    notify: c_int,
    function: ?*const fn (usize) callconv(.c) void,
    attributes: ?*anyopaque,
};

const notify_by = struct {
    const signal = 0;
    const thread = 2;
};

const no_wait = 1;
const Resolve = *const fn (c_int, [*]?*Request, c_int, ?*const Event) callconv(.c) c_int;
const Thread = *const fn (?*anyopaque) callconv(.c) ?*anyopaque;
const CreateThread = *const fn (*usize, ?*anyopaque, Thread, ?*anyopaque) callconv(.c) c_int;
const DetachThread = *const fn (usize) callconv(.c) c_int;

fn getaddrinfoA(mode: c_int, list: [*]?*Request, count: c_int, event: ?*const Event) callconv(.c) c_int {
    const requests = list[0..@intCast(@max(0, count))];
    if (!anyRemote(requests)) return native.call("getaddrinfo_a", Resolve, .{ mode, list, count, event });
    for (requests) |entry| {
        const request = entry orelse continue;
        request.result = null;
        request.code = resolving.getaddrinfo(request.name, request.service, request.hints, &request.result);
    }
    if (mode == no_wait) if (event) |wanted| tell(wanted);
    return 0;
}

fn anyRemote(requests: []const ?*Request) bool {
    for (requests) |entry| {
        const request = entry orelse continue;
        if (resolving.remoteName(request.name) != null) return true;
    }
    return false;
}

fn tell(event: *const Event) void {
    switch (event.notify) {
        notify_by.signal => sendSignal(event),
        notify_by.thread => startThread(event),
        else => {},
    }
}

/// `siginfo_t` of a signal that carries a value.
const Information = extern struct {
    signal: c_int,
    errno: c_int = 0,
    code: c_int = asynchronous_name,
    padding: c_int = 0,
    pid: c_int,
    uid: c_uint,
    value: usize,
    rest: [96]u8 = @splat(0),

    const asynchronous_name = -60;
};

fn sendSignal(event: *const Event) void {
    const pid = linux.getpid();
    const information = Information{ .signal = event.signal, .pid = pid, .uid = linux.getuid(), .value = event.value };
    const signal: usize = @intCast(event.signal);
    _ = linux.syscall3(.rt_sigqueueinfo, @intCast(pid), signal, @intFromPtr(&information));
}

/// What the thread calls, in memory of the program's.
const Order = struct { function: *const fn (usize) callconv(.c) void, value: usize };

fn startThread(event: *const Event) void {
    const function = event.function orelse return;
    const create = native.find("pthread_create", CreateThread) orelse return;
    const memory = native.malloc(@sizeOf(Order)) orelse return;
    const order: *Order = @ptrCast(memory);
    order.* = .{ .function = function, .value = event.value };
    var thread: usize = 0;
    if (create(&thread, null, run, order) != 0) return native.free(memory);
    if (native.find("pthread_detach", DetachThread)) |detach| _ = detach(thread);
}

fn run(context: ?*anyopaque) callconv(.c) ?*anyopaque {
    const order: *Order = @ptrCast(@alignCast(context.?));
    const given = order.*;
    native.free(order);
    given.function(given.value);
    return null;
}

comptime {
    @export(&getaddrinfoA, .{ .name = "getaddrinfo_a" });
}

test "the layouts that glibc has" {
    try std.testing.expectEqual(@as(usize, 56), @sizeOf(Request));
    try std.testing.expectEqual(@as(usize, 128), @sizeOf(Information));
    try std.testing.expectEqual(@as(usize, 16), @offsetOf(Event, "function"));
}

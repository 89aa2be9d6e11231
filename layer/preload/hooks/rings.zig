//! io_uring: its requests would pass by every hook, so a member of the session is told that the kernel has none, and falls
//! back to ordinary calls. Who makes the system call by syscall(2) is told so by `raw.zig`; here are liburing's functions,
//! which make it by themselves and answer with −errno. What has liburing inside itself is not seen.

const std = @import("std");
const linux = std.os.linux;
const native = @import("../native.zig");
const state = @import("../state.zig");

const unknown = -@as(c_int, @intFromEnum(linux.E.NOSYS));

const QueueInit = *const fn (c_uint, ?*anyopaque, c_uint) callconv(.c) c_int;
const QueueInitWith = *const fn (c_uint, ?*anyopaque, ?*anyopaque) callconv(.c) c_int;
const QueueInitMemory = *const fn (c_uint, ?*anyopaque, ?*anyopaque, ?*anyopaque, usize) callconv(.c) c_int;
const Setup = *const fn (c_uint, ?*anyopaque) callconv(.c) c_int;
const Probe = *const fn () callconv(.c) ?*anyopaque;

fn queueInit(entries: c_uint, ring: ?*anyopaque, flags: c_uint) callconv(.c) c_int {
    return if (state.isActive()) unknown else native.call("io_uring_queue_init", QueueInit, .{ entries, ring, flags });
}

fn queueInitWith(entries: c_uint, ring: ?*anyopaque, parameters: ?*anyopaque) callconv(.c) c_int {
    if (state.isActive()) return unknown;
    return native.call("io_uring_queue_init_params", QueueInitWith, .{ entries, ring, parameters });
}

fn queueInitMemory(
    entries: c_uint,
    ring: ?*anyopaque,
    parameters: ?*anyopaque,
    memory: ?*anyopaque,
    size: usize,
) callconv(.c) c_int {
    if (state.isActive()) return unknown;
    return native.call("io_uring_queue_init_mem", QueueInitMemory, .{ entries, ring, parameters, memory, size });
}

fn setup(entries: c_uint, parameters: ?*anyopaque) callconv(.c) c_int {
    return if (state.isActive()) unknown else native.call("io_uring_setup", Setup, .{ entries, parameters });
}

/// What a ring could do: nothing is known of one.
fn getProbe() callconv(.c) ?*anyopaque {
    return if (state.isActive()) null else native.call("io_uring_get_probe", Probe, .{});
}

comptime {
    @export(&queueInit, .{ .name = "io_uring_queue_init" });
    @export(&queueInitWith, .{ .name = "io_uring_queue_init_params" });
    @export(&queueInitMemory, .{ .name = "io_uring_queue_init_mem" });
    @export(&setup, .{ .name = "io_uring_setup" });
    @export(&getProbe, .{ .name = "io_uring_get_probe" });
}

//! The end of a process, and what tells its parent of it: before either, what was written has arrived at the target. A
//! process that is killed has no say any more; its parent waits in its place.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const native = @import("../native.zig");
const settling = @import("../settling.zig");
const state = @import("../state.zig");

const Pointer = ?*anyopaque;
const Exit = *const fn (c_int) callconv(.c) noreturn;
const Wait = *const fn (Pointer) callconv(.c) c_int;
const WaitPid = *const fn (c_int, Pointer, c_int) callconv(.c) c_int;
const Wait3 = *const fn (Pointer, c_int, Pointer) callconv(.c) c_int;
const Wait4 = *const fn (c_int, Pointer, c_int, Pointer) callconv(.c) c_int;
const WaitId = *const fn (c_uint, c_uint, Pointer, c_int) callconv(.c) c_int;
const OfCommand = *const fn (native.Path) callconv(.c) c_int;
const OfStream = *const fn (Pointer) callconv(.c) c_int;

fn exitAtOnce(comptime name: [:0]const u8) Exit {
    return struct {
        fn hook(status: c_int) callconv(.c) noreturn {
            settling.settle();
            if (native.find(name, Exit)) |function| function(status);
            linux.exit_group(status);
        }
    }.hook;
}

/// What a function that waits has returned: a child's pid, 0 for none, or −1.
fn waited(pid: c_int) c_int {
    if (pid > 0) settling.settle();
    return pid;
}

fn wait(comptime name: [:0]const u8) Wait {
    return struct {
        fn hook(status: Pointer) callconv(.c) c_int {
            return waited(native.call(name, Wait, .{status}));
        }
    }.hook;
}

fn waitpid(comptime name: [:0]const u8) WaitPid {
    return struct {
        fn hook(pid: c_int, status: Pointer, options: c_int) callconv(.c) c_int {
            return waited(native.call(name, WaitPid, .{ pid, status, options }));
        }
    }.hook;
}

fn wait3(status: Pointer, options: c_int, usage: Pointer) callconv(.c) c_int {
    return waited(native.call("wait3", Wait3, .{ status, options, usage }));
}

fn wait4(pid: c_int, status: Pointer, options: c_int, usage: Pointer) callconv(.c) c_int {
    return waited(native.call("wait4", Wait4, .{ pid, status, options, usage }));
}

fn waitid(kind: c_uint, id: c_uint, info: Pointer, options: c_int) callconv(.c) c_int {
    const result = native.call("waitid", WaitId, .{ kind, id, info, options });
    if (result == 0) settling.settle();
    return result;
}

/// libc waits for the shell inside.
fn pclose(stream: Pointer) callconv(.c) c_int {
    const status = native.call("pclose", OfStream, .{stream});
    settling.settle();
    return status;
}

/// The last of the program's own functions at exit(3): registered before any other, so called after all of them. Only
/// libc's own flush of its streams comes later, so it is done here already.
fn exiting(_: Pointer) callconv(.c) void {
    if (!settling.isNeeded()) return;
    flushStreams();
    settling.settle();
}

/// Streams that somebody holds at this moment (a thread that waits for input) are left out.
fn flushStreams() void {
    const Iterator = Pointer;
    const Act = *const fn () callconv(.c) void;
    const Edge = *const fn () callconv(.c) Iterator;
    const Step = *const fn (Iterator) callconv(.c) Iterator;
    const lock = native.find("_IO_list_lock", Act) orelse return flushAll();
    const unlock = native.find("_IO_list_unlock", Act) orelse return flushAll();
    const begin = native.find("_IO_iter_begin", Edge) orelse return flushAll();
    const end = native.find("_IO_iter_end", Edge) orelse return flushAll();
    const next = native.find("_IO_iter_next", Step) orelse return flushAll();
    const streamOf = native.find("_IO_iter_file", Step) orelse return flushAll();
    lock();
    defer unlock();
    var at = begin();
    while (at != end()) : (at = next(at)) flushStream(streamOf(at));
}

fn flushStream(stream: Pointer) void {
    if (!core.system.mayWrite(native.call("fileno", OfStream, .{stream}))) return;
    if (native.call("ftrylockfile", OfStream, .{stream}) != 0) return;
    _ = native.call("fflush_unlocked", OfStream, .{stream});
    _ = native.call("funlockfile", *const fn (Pointer) callconv(.c) c_int, .{stream});
}

/// musl waits for streams that are held at exit anyway.
fn flushAll() void {
    _ = native.call("fflush", OfStream, .{@as(Pointer, null)});
}

/// Called by the constructor, before any other of the program's could register a function.
pub fn prepare() void {
    if (!state.isActive() or !state.session.writesRemotely()) return;
    const Function = *const fn (Pointer) callconv(.c) void;
    const Register = *const fn (Function, Pointer, Pointer) callconv(.c) c_int;
    const register = native.find("__cxa_atexit", Register) orelse return;
    _ = register(&exiting, null, null);
}

comptime {
    for (.{ "_exit", "_Exit" }) |name| @export(exitAtOnce(name), .{ .name = name });
    for (.{ "wait", "__wait" }) |name| @export(wait(name), .{ .name = name });
    for (.{ "waitpid", "__waitpid" }) |name| @export(waitpid(name), .{ .name = name });
    @export(&wait3, .{ .name = "wait3" });
    @export(&wait4, .{ .name = "wait4" });
    @export(&waitid, .{ .name = "waitid" });
    @export(&pclose, .{ .name = "pclose" });
}

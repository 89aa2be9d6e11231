//! SIGSTOP, which nobody can catch. Who stops the pid means the program; of that only a tracer is told, so the servant
//! traces the relay. It hears of nothing else: all other signals wait there to be read.
const std = @import("std");
const linux = std.os.linux;

const set_ptracer = 0x59616d61; // PR_SET_PTRACER of Yama, unknown without it
const anyone: usize = std.math.maxInt(usize); // PR_SET_PTRACER_ANY
const seize = 0x4206; // PTRACE_SEIZE
const listen = 0x4208; // PTRACE_LISTEN
const event_stop = 128; // PTRACE_EVENT_STOP

/// The relay's word to Yama, before it starts the servant; then the servant's pid.
pub fn allowAnyTracer() void {
    _ = linux.prctl(set_ptracer, anyone, 0, 0, 0);
}
pub fn allowTracer(servant: usize) void {
    _ = linux.prctl(set_ptracer, servant, 0, 0, 0);
}

/// False where it is not allowed (somebody traces the relay already): then SIGSTOP stops the relay alone.
pub fn trace(relay: i32) bool {
    return linux.E.init(request(seize, relay, 0)) == .SUCCESS;
}

/// Whether a wait status is that of a process that has stopped. (Zig's own takes "core dumped" for it.)
pub fn isStop(status: u32) bool {
    return status & 0xff == 0x7f;
}

pub const Change = enum { stopped, continued, none };

/// What a wait status of the relay means. Lets the relay go on, or stay stopped.
pub fn follow(relay: i32, status: u32) Change {
    if (!isStop(status)) return .none;
    const signal = linux.W.STOPSIG(status);
    if (status >> 16 != event_stop) {
        // One that the relay gives itself, to do as the program did.
        _ = request(linux.PTRACE.CONT, relay, signal);
        return .none;
    }
    if (signal == linux.SIG.TRAP) {
        _ = request(linux.PTRACE.CONT, relay, 0);
        return .continued;
    }
    _ = request(listen, relay, 0);
    return .stopped;
}

fn request(what: usize, pid: i32, data: usize) usize {
    return linux.syscall4(.ptrace, what, @intCast(pid), 0, data);
}

test "a stop is told from an end" {
    try std.testing.expect(isStop(linux.SIG.TSTP << 8 | 0x7f));
    for ([_]u32{ 0, 3 << 8, linux.SIG.KILL, linux.SIG.SEGV | 0x80, 0xffff }) |status| try std.testing.expect(!isStop(status));
}

test "a traced process stops and goes on, and its tracer is told" {
    const child: i32 = @intCast(linux.fork());
    if (child == 0) while (true) {
        _ = linux.sched_yield();
    };
    defer _ = linux.kill(child, linux.SIG.KILL);
    try std.testing.expect(trace(child));
    for ([_]u6{ linux.SIG.STOP, linux.SIG.CONT }, [_]Change{ .stopped, .continued }) |signal, expected| {
        _ = linux.kill(child, signal);
        var found = Change.none;
        for (0..3) |_| {
            if (found != .none) break;
            var status: u32 = 0;
            _ = linux.waitpid(child, &status, 0);
            found = follow(child, status);
        }
        try std.testing.expectEqual(expected, found);
    }
}

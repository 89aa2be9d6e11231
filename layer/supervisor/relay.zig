//! The process that keeps the original pid. It stands for the program towards its parent and its terminal: it passes
//! signals on, stops when the program stops, and ends the way the program ends. If the servant is killed, whose calls nobody
//! answers any more (they would fail with ENOSYS), all that came of the program ends, too.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const kernel = @import("kernel.zig");
const core_dump = @import("core_dump.zig");
const last_words = @import("last_words.zig");
const processes = @import("processes.zig");
const stopping = @import("stopping.zig");

/// What the servant tells about the program, as one write to a pipe.
pub const Event = extern struct {
    /// The program's pid, once: it has been started.
    started: i32 = 0,
    /// A wait status (wait(2)); meaningful when `started` is 0.
    status: u32 = 0,
};

/// The terminal sends its signals to the whole foreground group, the program included.
const from_kernel = 0x80;

/// Never returns: exits, or dies by the signal that killed the program.
pub fn run(events: i32, servant: u32) noreturn {
    _ = linux.prctl(@intFromEnum(linux.PR.SET_CHILD_SUBREAPER), 1, 0, 0, 0);
    const signals = signalDescriptor() catch checked.die("no signal descriptor: {t}", .{checked.last_errno});
    var program: i32 = 0;
    var polled = [_]linux.pollfd{
        .{ .fd = events, .events = linux.POLL.IN, .revents = 0 },
        .{ .fd = signals, .events = linux.POLL.IN, .revents = 0 },
    };
    while (true) {
        if (linux.E.init(linux.poll(&polled, polled.len, -1)) != .SUCCESS) continue;
        if (polled[0].revents != 0) {
            const event = nextEvent(events) orelse endOrphans(program);
            if (event.started != 0) program = event.started else follow(event.status, signals);
        }
        if (polled[1].revents & linux.POLL.IN != 0) passOn(signals, program, servant);
    }
}

fn signalDescriptor() checked.Error!i32 {
    var all = linux.sigfillset();
    return @intCast(try checked.check(linux.signalfd(-1, &all, linux.SFD.CLOEXEC)));
}

fn nextEvent(events: i32) ?Event {
    var event: Event = undefined;
    const n = linux.read(events, std.mem.asBytes(&event).ptr, @sizeOf(Event));
    return if (linux.E.init(n) == .SUCCESS and n == @sizeOf(Event)) event else null;
}

fn passOn(signals: i32, program: i32, servant: u32) void {
    var info: linux.signalfd_siginfo = undefined;
    const n = linux.read(signals, std.mem.asBytes(&info).ptr, @sizeOf(linux.signalfd_siginfo));
    if (linux.E.init(n) != .SUCCESS or program == 0) return;
    if (info.code == from_kernel or info.pid == servant or info.signo == linux.SIG.CHLD) return;
    _ = linux.kill(program, @intCast(info.signo));
}

/// The servant is gone: before the program began, for a reason that it has said, or killed. Its children are ours now, and
/// theirs when those are dead.
fn endOrphans(program: i32) noreturn {
    if (program == 0) linux.exit_group(1);
    while (true) {
        var list: [4096]u8 = undefined;
        const children = processes.contentOf("/proc/thread-self/children", &list) orelse "";
        var each = std.mem.tokenizeScalar(u8, children, ' ');
        while (each.next()) |text| _ = linux.kill(std.fmt.parseInt(i32, text, 10) catch continue, linux.SIG.KILL);
        var status: u32 = 0;
        if (linux.E.init(linux.wait4(-1, &status, 0, null)) == .CHILD) dieBy(linux.SIG.KILL);
    }
}

/// Does what the program did.
fn follow(status: u32, signals: i32) void {
    if (!stopping.isStop(status)) last_words.settle(signals);
    if (linux.W.IFEXITED(status)) linux.exit_group(linux.W.EXITSTATUS(status));
    if (linux.W.IFSIGNALED(status)) dieBy(status);
    if (stopping.isStop(status)) suffer(linux.W.STOPSIG(status));
}

/// `status`: of who was killed.
fn dieBy(status: u32) noreturn {
    const signal = linux.W.TERMSIG(status);
    core_dump.limit(status);
    suffer(signal);
    linux.exit_group(128 + @as(i32, @intCast(signal)));
}

/// Lets the signal do to this process what it does by default. Returns when a stopped process goes on.
fn suffer(signal: u32) void {
    const default = linux.Sigaction{ .handler = .{ .handler = linux.SIG.DFL }, .mask = linux.sigemptyset(), .flags = 0 };
    // These two have no other than their default, and must not be asked for it.
    if (signal != linux.SIG.KILL and signal != linux.SIG.STOP) _ = linux.sigaction(@intCast(signal), &default, null);
    _ = linux.kill(linux.getpid(), @intCast(signal));
    var only = linux.sigemptyset();
    linux.sigaddset(&only, @intCast(signal));
    _ = linux.sigprocmask(linux.SIG.UNBLOCK, &only, null);
    _ = linux.sigprocmask(linux.SIG.BLOCK, &only, null);
}

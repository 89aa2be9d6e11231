//! The process between the relay and the program: it starts the program, answers its calls, and tells how it fares.
const std = @import("std");
const linux = std.os.linux;
const kernel = @import("kernel.zig");
const program = @import("program.zig");
const Service = @import("service.zig").Service;
const Event = @import("relay.zig").Event;
const Session = @import("../core/session.zig").Session;

const Servant = struct {
    program: i32,
    /// The relay's pipe; −1 after the program's end was told.
    events: i32,
    signals: i32,

    /// Children have changed: reaps them and tells of the program. Orphans of the tree come to us as the subreaper.
    fn reap(context: *anyopaque) bool {
        const self: *Servant = @ptrCast(@alignCast(context));
        var info: linux.signalfd_siginfo = undefined;
        _ = linux.read(self.signals, std.mem.asBytes(&info).ptr, @sizeOf(linux.signalfd_siginfo));
        while (true) {
            var status: u32 = 0;
            const pid = linux.wait4(-1, &status, linux.W.NOHANG | linux.W.UNTRACED, null);
            if (linux.E.init(pid) != .SUCCESS or pid == 0) return true;
            if (pid == self.program) self.tell(status);
        }
    }

    fn tell(self: *Servant, status: u32) void {
        if (self.events < 0) return;
        // The relay will now end by itself; daemons of the program are served on.
        if (!linux.W.IFSTOPPED(status)) _ = linux.prctl(@intFromEnum(linux.PR.SET_PDEATHSIG), 0, 0, 0, 0);
        send(self.events, .{ .status = status });
        if (linux.W.IFSTOPPED(status)) return;
        _ = linux.close(self.events);
        self.events = -1;
    }
};

/// `events`: where to tell of the program. Never returns; ends when no process of the tree is left.
pub fn run(allocator: std.mem.Allocator, command: program.Command, events: i32) noreturn {
    _ = linux.prctl(@intFromEnum(linux.PR.SET_CHILD_SUBREAPER), 1, 0, 0, 0);
    // The relay's death by SIGKILL is the program's: whoever kills the pid means the program.
    _ = linux.prctl(@intFromEnum(linux.PR.SET_PDEATHSIG), linux.SIG.KILL, 0, 0, 0);
    serve(allocator, command, events) catch |reason| switch (reason) {
        error.SystemCall => kernel.die("the supervisor failed: {t}", .{kernel.last_errno}),
        else => kernel.die("the supervisor failed: {t}", .{reason}),
    };
    linux.exit_group(0);
}

fn serve(allocator: std.mem.Allocator, command: program.Command, events: i32) !void {
    const session = try allocator.create(Session);
    session.* = try Session.ofEnvironment(std.os.environ);
    const needs = session.supervisorNeeds();
    const started = try program.start(command, .{ .files = needs.files, .network = needs.network, .hostname = needs.hostname });
    const kept = keepOwnDescriptors(started.listener, events);
    send(kept.events, .{ .started = started.pid });
    var children = linux.sigemptyset();
    linux.sigaddset(&children, linux.SIG.CHLD);
    const flags = linux.SFD.CLOEXEC | linux.SFD.NONBLOCK;
    var servant = Servant{
        .program = started.pid,
        .events = kept.events,
        .signals = @intCast(try kernel.check(linux.signalfd(-1, &children, flags))),
    };
    _ = Servant.reap(&servant); // it may have ended before the signal descriptor was there
    var service = try Service.init(kept.listener, session, servant.signals, &servant, Servant.reap);
    service.run();
}

/// The program's descriptors are not ours to hold: a pipe must end when the program closes it. Returns ours' new numbers.
fn keepOwnDescriptors(listener: i32, events: i32) struct { listener: i32, events: i32 } {
    const high = 100; // above both targets, so that neither dup overwrites a source
    const listener_copy: i32 = @intCast(linux.fcntl(listener, linux.F.DUPFD_CLOEXEC, high));
    const events_copy: i32 = @intCast(linux.fcntl(events, linux.F.DUPFD_CLOEXEC, high));
    const close_on_exec = @as(u32, @bitCast(linux.O{ .CLOEXEC = true }));
    _ = linux.dup3(listener_copy, 3, close_on_exec);
    _ = linux.dup3(events_copy, 4, close_on_exec);
    _ = linux.syscall3(.close_range, 5, std.math.maxInt(u32), 0);
    const opened = linux.open("/dev/null", .{ .ACCMODE = .RDWR }, 0);
    if (linux.E.init(opened) == .SUCCESS) {
        for (0..3) |fd| _ = linux.dup2(@intCast(opened), @intCast(fd));
        _ = linux.close(@intCast(opened));
    }
    return .{ .listener = 3, .events = 4 };
}

fn send(events: i32, event: Event) void {
    _ = linux.write(events, std.mem.asBytes(&event).ptr, @sizeOf(Event));
}

//! The process between the relay and the program: it starts the program, answers its calls, and tells how it fares.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const kernel = @import("kernel.zig");
const program = @import("program.zig");
const core_dump = @import("core_dump.zig");
const stopping = @import("stopping.zig");
const Service = @import("service.zig").Service;
const Event = @import("relay.zig").Event;
const core = @import("core");

/// Told by the kernel; nobody else sends it, and the parent's pid shows whether it is true.
const relay_died = linux.SIG.PWR;
const anyone = -1;
const continued = 8; // WCONTINUED
const has_continued = 0xffff;

const Servant = struct {
    program: i32,
    /// The process that stands for the program; its pipe, −1 after the program's end was told.
    relay: i32,
    events: i32,
    signals: i32,
    /// The kernel tells of the relay's stops and end, too.
    is_told_of_relay: bool,
    /// There is a folder for the relay's core.
    keeps_core: bool = false,
    program_is_stopped: bool = false,
    relay_is_stopped: bool = false,

    /// Children have changed: reaps them and tells of the program. Orphans of the tree come to us as the subreaper.
    fn reap(context: *anyopaque) bool {
        const self: *Servant = @ptrCast(@alignCast(context));
        var info: linux.signalfd_siginfo = undefined;
        _ = linux.read(self.signals, std.mem.asBytes(&info).ptr, @sizeOf(linux.signalfd_siginfo));
        self.followRelay();
        while (self.reapOne(anyone, linux.W.NOHANG | linux.W.UNTRACED)) {}
        // Of the relay's the shell must be told, and whoever asks first is told alone.
        while (self.events >= 0 and self.reapOne(self.program, linux.W.NOHANG | continued)) {}
        return true;
    }

    /// Whoever kills the pid means the program, and not what it has started.
    fn followRelay(self: *Servant) void {
        if (self.events < 0 or linux.getppid() == self.relay) return;
        _ = linux.kill(self.program, linux.SIG.KILL);
    }

    /// False when there is none to reap.
    fn reapOne(self: *Servant, whom: i32, flags: u32) bool {
        var status: u32 = 0;
        const pid = linux.wait4(whom, &status, flags, null);
        if (linux.E.init(pid) != .SUCCESS or pid == 0) return false;
        if (pid == self.program) self.tell(status);
        if (pid == self.relay) self.followStop(status);
        if (pid == self.relay and !stopping.isStop(status)) self.forgetCore();
        return true;
    }

    /// Whoever stops the pid means the program. That it is continued, the relay passes on itself.
    fn followStop(self: *Servant, status: u32) void {
        switch (stopping.follow(self.relay, status)) {
            .stopped => self.relay_is_stopped = true,
            .continued => self.relay_is_stopped = false,
            .none => return,
        }
        if (self.relay_is_stopped and !self.program_is_stopped) _ = linux.kill(self.program, linux.SIG.STOP);
    }

    fn forgetCore(self: *Servant) void {
        if (self.keeps_core) core_dump.remove(self.relay);
        self.keeps_core = false;
    }

    fn tell(self: *Servant, status: u32) void {
        if (self.events < 0) return;
        self.program_is_stopped = stopping.isStop(status);
        if (status == has_continued) {
            // Somebody else than the relay may have done it.
            _ = linux.kill(self.relay, linux.SIG.CONT);
            return;
        }
        self.keeps_core = self.is_told_of_relay and core_dump.prepare(status, self.relay);
        // A relay that has stopped already would stop once more, after it was continued.
        if (!self.program_is_stopped or !self.relay_is_stopped) send(self.events, .{ .status = status });
        if (self.program_is_stopped) return;
        _ = linux.close(self.events);
        self.events = -1;
    }
};

/// `events`: where to tell of the program. Never returns; ends when no process of the tree is left.
pub fn run(allocator: std.mem.Allocator, command: program.Command, events: i32, relay: i32) noreturn {
    _ = linux.prctl(@intFromEnum(linux.PR.SET_CHILD_SUBREAPER), 1, 0, 0, 0);
    _ = linux.prctl(@intFromEnum(linux.PR.SET_PDEATHSIG), relay_died, 0, 0, 0);
    const is_traced = stopping.trace(relay);
    serve(allocator, command, events, relay, is_traced) catch checked.die("the supervisor failed: {t}", .{checked.last_errno});
    linux.exit_group(0);
}

fn serve(allocator: std.mem.Allocator, command: program.Command, events: i32, relay: i32, is_traced: bool) !void {
    const proxy = core.config.Proxy.parse(environmentValue(core.config.variable.proxy) orelse "") orelse
        checked.die("{s} is not set: the supervisor is started by mirrord exec", .{core.config.variable.proxy});
    const mapped = core.config.load(environmentValue(core.config.variable.config) orelse "") orelse
        checked.die("the session's configuration cannot be read: it may have ended", .{});
    var session = core.Session{
        .config = mapped.config,
        .writing = mapped.writing,
        .working_directory = std.process.getCwdAlloc(allocator) catch "",
        .executable = std.mem.span(command.file),
        .door = .supervisor,
    };
    session.noteStart();
    session.noteScripts(command.argv);
    const started = try program.start(command, .{
        .files = session.config.files_mode != 0,
        .network = session.hasNetwork(),
        .ipv6 = session.config.ipv6,
        .hostname = session.config.hostname != null,
    });
    // What is made here in a caller's place has the caller's.
    _ = linux.syscall1(.umask, 0);
    const kept = keepOwnDescriptors(started.listener, events);
    send(kept.events, .{ .started = started.pid });
    raiseFileLimit();
    var news = linux.sigemptyset();
    for ([_]u6{ linux.SIG.CHLD, relay_died }) |signal| linux.sigaddset(&news, signal);
    const flags = linux.SFD.CLOEXEC | linux.SFD.NONBLOCK;
    var servant = Servant{
        .program = started.pid,
        .relay = relay,
        .is_told_of_relay = is_traced,
        .events = kept.events,
        .signals = @intCast(try checked.check(linux.signalfd(-1, &news, flags))),
    };
    _ = Servant.reap(&servant); // it may have ended before the signal descriptor was there
    var service = try Service.init(kept.listener, &session, proxy, servant.signals, &servant, Servant.reap);
    service.run();
    // The filter's end is seen before the process can be waited for.
    while ((servant.events >= 0 or servant.keeps_core) and servant.reapOne(anyone, 0)) {}
}

/// The program's descriptors are not ours to hold: a pipe must end when the program closes it. Returns ours' new numbers.
fn keepOwnDescriptors(listener: i32, events: i32) struct { listener: i32, events: i32 } {
    const high = 10; // above both targets, so that neither dup overwrites a source
    const listener_copy: i32 = @intCast(linux.fcntl(listener, linux.F.DUPFD, high));
    const events_copy: i32 = @intCast(linux.fcntl(events, linux.F.DUPFD, high));
    const close_on_exec = @as(u32, @bitCast(linux.O{ .CLOEXEC = true }));
    _ = linux.dup3(listener_copy, 3, close_on_exec);
    _ = linux.dup3(events_copy, 4, close_on_exec);
    _ = linux.syscall3(.close_range, 5, std.math.maxInt(u32), 0);
    const opened = linux.open("/dev/null", .{ .ACCMODE = .RDWR }, 0);
    if (linux.E.init(opened) == .SUCCESS) {
        for (0..3) |fd| _ = linux.dup2(@intCast(opened), @intCast(fd));
        if (opened > 2) _ = linux.close(@intCast(opened));
    }
    return .{ .listener = 3, .events = 4 };
}

/// Each call in progress may hold a descriptor or two.
fn raiseFileLimit() void {
    var limit: linux.rlimit = undefined;
    if (linux.E.init(linux.getrlimit(.NOFILE, &limit)) != .SUCCESS) return;
    limit.cur = @min(limit.max, 1 << 16);
    _ = linux.setrlimit(.NOFILE, &limit);
}

fn environmentValue(name: []const u8) ?[:0]const u8 {
    for (std.os.environ) |entry| {
        const text = std.mem.span(entry);
        if (text.len > name.len and text[name.len] == '=' and std.mem.startsWith(u8, text, name)) return text[name.len + 1 ..];
    }
    return null;
}

fn send(events: i32, event: Event) void {
    _ = linux.write(events, std.mem.asBytes(&event).ptr, @sizeOf(Event));
}

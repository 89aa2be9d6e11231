//! Starts the program under the filter.
const std = @import("std");
const core = @import("core");
const linux = std.os.linux;
const checked = @import("checked");
const kernel = @import("kernel.zig");
const filter = @import("filter.zig");

pub const Command = struct {
    /// The file to execute, absolute.
    file: [*:0]const u8,
    argv: [*:null]const ?[*:0]const u8,
    environment: [*:null]const ?[*:0]const u8,
    /// The signal mask that the program is to start with.
    mask: linux.sigset_t,
};

pub const Started = struct { pid: i32, listener: i32 };

/// The new process shares our descriptors until we take a copy of our own: so the notification descriptor that it gets is
/// ours at once, and close-on-exec (which the kernel sets on it) keeps it from the program. That it executes the program is
/// the first call that we are notified of.
pub fn start(command: Command, needs: filter.Needs) checked.Error!Started {
    var told: [2]i32 = undefined;
    _ = try checked.check(linux.pipe2(&told, .{ .CLOEXEC = true }));
    const parent = linux.getpid();
    const child = try checked.check(linux.syscall5(.clone, linux.CLONE.FILES | linux.SIG.CHLD, 0, 0, 0, 0));
    if (child == 0) becomeProgram(command, needs, told[1], parent);
    const listener = try listenerOf(@intCast(child), told[0]);
    _ = try checked.check(linux.unshare(linux.CLONE.FILES));
    for (told) |fd| _ = linux.close(fd);
    return .{ .pid = @intCast(child), .listener = listener };
}

fn listenerOf(child: i32, told: i32) checked.Error!i32 {
    const handle: i32 = @intCast(try checked.check(linux.pidfd_open(child, 0)));
    defer _ = linux.close(handle);
    var polled = [_]linux.pollfd{
        .{ .fd = told, .events = linux.POLL.IN, .revents = 0 },
        .{ .fd = handle, .events = linux.POLL.IN, .revents = 0 },
    };
    while (linux.E.init(linux.poll(&polled, polled.len, -1)) != .SUCCESS) {}
    var listener: i32 = undefined;
    if (polled[0].revents == 0) checked.die("the program's process died before it began", .{});
    _ = try checked.check(linux.read(told, std.mem.asBytes(&listener).ptr, @sizeOf(i32)));
    if (listener >= 0) return listener;
    switch (@as(linux.E, @enumFromInt(-listener))) {
        .BUSY => checked.die("this program is supervised already, and the kernel allows one supervisor: " ++
            "if that is mirrord's, start it without `mirrord exec`", .{}),
        else => |errno| checked.die("this program needs seccomp notification (kernel 5.14), which is not allowed here: {t}", .{errno}),
    }
}

/// `told`: gets the notification descriptor's number, or −errno.
fn becomeProgram(command: Command, needs: filter.Needs, told: i32, parent: i32) noreturn {
    // Without its supervisor every notified call would fail: better to end with it.
    _ = linux.prctl(@intFromEnum(linux.PR.SET_PDEATHSIG), linux.SIG.KILL, 0, 0, 0);
    if (linux.getppid() != parent) linux.exit_group(1);
    const listener = filter.install(needs) catch -@as(i32, @intCast(@intFromEnum(checked.last_errno)));
    _ = linux.write(told, std.mem.asBytes(&listener).ptr, @sizeOf(i32));
    if (listener < 0) linux.exit_group(1);
    _ = linux.sigprocmask(linux.SIG.SETMASK, &command.mask, null);
    closeInherited(std.mem.span(command.file));
    const result = linux.execve(command.file, command.argv, command.environment);
    checked.die("cannot execute {s}: {t}", .{ std.mem.span(command.file), linux.E.init(result) });
}

/// The descriptor by which a program without a name came here is not the program's own.
fn closeInherited(file: []const u8) void {
    if (!std.mem.startsWith(u8, file, core.program.inherited_path)) return;
    const fd = std.fmt.parseInt(i32, file[core.program.inherited_path.len..], 10) catch return;
    const close_on_exec = 1; // FD_CLOEXEC
    _ = linux.fcntl(fd, linux.F.SETFD, close_on_exec);
}

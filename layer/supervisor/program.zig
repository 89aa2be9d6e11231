//! Starts the program under the filter.
const std = @import("std");
const linux = std.os.linux;
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

/// The new process shares our descriptors until it executes the program: so the notification descriptor that it gets is
/// ours at once, and close-on-exec (which the kernel sets on it) keeps it from the program. We sleep until it has executed
/// the program or died (CLONE_VFORK); nothing that it does before is notified.
pub fn start(command: Command, needs: filter.Needs) kernel.Error!Started {
    var told: [2]i32 = undefined;
    _ = try kernel.check(linux.pipe2(&told, .{ .CLOEXEC = true }));
    const parent = linux.getpid();
    const flags = linux.CLONE.FILES | linux.CLONE.VFORK | linux.SIG.CHLD;
    const child = try kernel.check(linux.syscall5(.clone, flags, 0, 0, 0, 0));
    if (child == 0) becomeProgram(command, needs, told[1], parent);
    _ = linux.close(told[1]);
    var listener: i32 = undefined;
    const n = linux.read(told[0], std.mem.asBytes(&listener).ptr, @sizeOf(i32));
    _ = linux.close(told[0]);
    if (n != @sizeOf(i32)) kernel.die("the program's process died before it began", .{});
    if (listener >= 0) return .{ .pid = @intCast(child), .listener = listener };
    const errno: linux.E = @enumFromInt(-listener);
    kernel.die("a static program needs seccomp notification (kernel 5.14), which is not allowed here: {t}", .{errno});
}

/// `told`: gets the notification descriptor's number, or −errno.
fn becomeProgram(command: Command, needs: filter.Needs, told: i32, parent: i32) noreturn {
    // Without its supervisor every notified call would fail: better to end with it.
    _ = linux.prctl(@intFromEnum(linux.PR.SET_PDEATHSIG), linux.SIG.KILL, 0, 0, 0);
    if (linux.getppid() != parent) linux.exit_group(1);
    const listener = filter.install(needs) catch -@as(i32, @intCast(@intFromEnum(kernel.last_errno)));
    _ = linux.write(told, std.mem.asBytes(&listener).ptr, @sizeOf(i32));
    if (listener < 0) linux.exit_group(1);
    _ = linux.sigprocmask(linux.SIG.SETMASK, &command.mask, null);
    const result = linux.execve(command.file, command.argv, command.environment);
    kernel.die("cannot execute {s}: {t}", .{ std.mem.span(command.file), linux.E.init(result) });
}

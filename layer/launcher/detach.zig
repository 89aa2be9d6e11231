//! Starts a program that is not the caller's child: the user's program, which the caller becomes, must see ECHILD in wait().
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");
const Environment = @import("environment.zig").Environment;

/// `arguments`: "--", the program's path, its arguments. Standard streams are passed on; the caller waits for this process,
/// which ends at once.
pub fn run(environment: *Environment, arguments: []const [*:0]const u8) !void {
    if (arguments.len < 2 or !std.mem.eql(u8, std.mem.span(arguments[0]), "--")) checked.die("detach: no program given", .{});
    const child = try checked.check(linux.fork());
    if (child != 0) return;
    _ = linux.setsid();
    const grandchild = try checked.check(linux.fork());
    if (grandchild != 0) linux.exit_group(0);
    const argv = try environment.allocator.allocSentinel(?[*:0]const u8, arguments.len - 1, null);
    for (arguments[1..], argv) |argument, *slot| slot.* = argument;
    _ = checked.check(linux.execve(arguments[1], argv.ptr, try environment.block())) catch {};
    checked.die("cannot execute {s}: {t}", .{ arguments[1], checked.last_errno });
}

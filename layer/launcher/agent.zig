//! Becomes the agent inside the target's namespaces.
//!
//! The control socket is opened first, in our own network, and stays open as descriptor 3; then the user and network
//! namespaces of the target are joined, so that every thread of the Deno that follows lives where the traffic is.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");
const runtime = @import("runtime.zig");
const options = @import("options.zig");
const dial = @import("dial.zig");
const target_process = @import("target.zig");
const Environment = @import("environment.zig").Environment;

const control_fd = 3;
const backlog = 128;
const usage =
    \\usage: mirrord-agent (--pid N | --container-id ID | --ephemeral | --ephemeral-container-id ID | --targetless)
    \\       --listen (@NAME | ADDRESS:PORT) [--token-file FILE] [--tls-cert FILE --tls-key FILE] [--insecure] [--stay]
    \\For an agent started by hand see docs/connect_tcp.md.
;

pub fn run(allocator: std.mem.Allocator, environment: *Environment, arguments: []const [*:0]const u8) !void {
    if (arguments.len > 0 and std.mem.eql(u8, std.mem.span(arguments[0]), "dial")) return dial.run(arguments[1..]);
    const parsed = options.parse(allocator, arguments) catch |reason| checked.die("{t}\n{s}", .{ reason, usage });
    const agent_runtime = try runtime.AgentRuntime.find(allocator, environment);
    try openControl(parsed.listen);
    const pid = try target_process.find(allocator, parsed.target);
    if (pid) |number| {
        try environment.set("MIRRORD_AGENT_TARGET_PID", try std.fmt.allocPrint(allocator, "{d}", .{number}));
        try environment.set("MIRRORD_AGENT_TARGET_ROOT", try std.fmt.allocPrint(allocator, "/proc/{d}/root", .{number}));
        switch (parsed.target) {
            .pid, .container_id => try enter(allocator, environment, number),
            .ephemeral, .ephemeral_container_id, .targetless => {},
        }
    }
    try environment.set("MIRRORD_AGENT_MODE", switch (parsed.target) {
        .pid, .container_id => "targeted",
        .ephemeral, .ephemeral_container_id => "ephemeral",
        .targetless => "targetless",
    });
    try agent_runtime.become(allocator, environment, parsed.rest);
}

fn openControl(listen: options.Listen) !void {
    const fd: i32 = switch (listen) {
        .abstract => |name| try listenAbstract(name),
        .tcp => |address| try listenTcp(address.address, address.port),
    };
    _ = try checked.check(linux.listen(fd, backlog));
    if (fd == control_fd) return;
    _ = try checked.check(linux.dup3(fd, control_fd, 0));
    _ = linux.close(fd);
}

fn listenAbstract(name: []const u8) !i32 {
    const address = options.abstractAddress(name) catch checked.die("the name of the control socket is too long", .{});
    const fd: i32 = @intCast(try checked.check(linux.socket(linux.AF.UNIX, linux.SOCK.STREAM, 0)));
    _ = checked.check(linux.bind(fd, @ptrCast(&address.bytes), address.length)) catch
        checked.die("cannot listen at @{s}: {t}", .{ name, checked.last_errno });
    return fd;
}

fn listenTcp(ip: [4]u8, port: u16) !i32 {
    const fd: i32 = @intCast(try checked.check(linux.socket(linux.AF.INET, linux.SOCK.STREAM, 0)));
    const reuse: u32 = 1;
    _ = linux.setsockopt(fd, linux.SOL.SOCKET, linux.SO.REUSEADDR, @ptrCast(&reuse), @sizeOf(u32));
    const address = linux.sockaddr.in{ .port = std.mem.nativeToBig(u16, port), .addr = @bitCast(ip) };
    _ = checked.check(linux.bind(fd, @ptrCast(&address), @sizeOf(linux.sockaddr.in))) catch
        checked.die("cannot listen at port {d}: {t}", .{ port, checked.last_errno });
    return fd;
}

/// Joins the target's user namespace, if we have no rights over it from outside, and its network namespace.
fn enter(allocator: std.mem.Allocator, environment: *Environment, pid: u32) !void {
    const net = try std.fmt.allocPrintSentinel(allocator, "/proc/{d}/ns/net", .{pid}, 0);
    const theirs = system.identity(net) catch
        checked.die("no right to see the namespaces of process {d}: run as its user or as root", .{pid});
    if (std.meta.eql(theirs, try system.identity("/proc/self/ns/net"))) {
        return environment.set("MIRRORD_AGENT_SHARES_NETWORK", "1");
    }
    // Opened before joining anything: afterwards /proc may show less.
    const net_fd = try open(net);
    if (linux.E.init(system.setns(net_fd, linux.CLONE.NEWNET)) != .SUCCESS) {
        const user_fd = try open(try std.fmt.allocPrintSentinel(allocator, "/proc/{d}/ns/user", .{pid}, 0));
        _ = checked.check(system.setns(user_fd, linux.CLONE.NEWUSER)) catch |reason| return refuse(reason, pid);
        _ = checked.check(system.setns(net_fd, linux.CLONE.NEWNET)) catch |reason| return refuse(reason, pid);
        _ = linux.close(user_fd);
    }
    _ = linux.close(net_fd);
}

fn refuse(reason: checked.Error, pid: u32) checked.Error!void {
    switch (checked.last_errno) {
        .PERM => checked.die("no right to enter the namespaces of process {d}: run as its user or as root", .{pid}),
        else => return reason,
    }
}

fn open(path: [:0]const u8) !i32 {
    return @intCast(try checked.check(linux.open(path, .{ .CLOEXEC = true }, 0)));
}

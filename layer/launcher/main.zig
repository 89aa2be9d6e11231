//! The launcher: a small static program that is the front of the single `mirrord` file and of the agent.
//!
//!   mirrord …                     unpacks the runtime once and becomes the CLI
//!   mirrord-launcher agent …      enters the target's namespaces and becomes the agent (also when named mirrord-agent)
//!   mirrord-agent dial @NAME      joins standard input and output with an agent's control socket
//!   mirrord-launcher guard        waits for the internal proxy or the program to die, and cleans up
//!   mirrord-launcher detach -- …  starts a process that is nobody's child but init's
//!   mirrord-launcher serve-files  makes a file system for the internal proxy to serve
//!
//! It is single-threaded, because only such a process may join a user namespace.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");
const runtime = @import("runtime.zig");
const agent = @import("agent.zig");
const guard = @import("guard.zig");
const detach = @import("detach.zig");
const serve_files = @import("serve_files.zig");
const Environment = @import("environment.zig").Environment;

/// What was ignored stays ignored: the program inherits it.
pub const std_options: std.Options = .{ .keep_sigpipe = true };

pub fn main() void {
    var arena = std.heap.ArenaAllocator.init(std.heap.page_allocator);
    run(arena.allocator()) catch |reason| switch (reason) {
        error.SystemCall => checked.die("start failed: {t}", .{checked.last_errno}),
        else => checked.die("start failed: {t}", .{reason}),
    };
}

fn run(allocator: std.mem.Allocator) !void {
    const arguments = std.os.argv;
    var environment = try Environment.ofProcess(allocator);
    const name = if (arguments.len > 0) std.fs.path.basename(std.mem.span(arguments[0])) else "mirrord";
    if (std.mem.eql(u8, name, "mirrord-agent")) return agent.run(allocator, &environment, arguments[1..]);
    if (std.mem.eql(u8, name, "mirrord-launcher")) return runFace(allocator, &environment, arguments[1..]);
    try runtime.keepLaunchState(allocator, &environment);
    const home = try runtime.home(allocator, &environment);
    try environment.set("MIRRORD_SELF", try system.readLink(allocator, "/proc/self/exe"));
    const words = arguments[@min(1, arguments.len)..];
    // The internal proxy lives as long as the program, beside it.
    const is_proxy = words.len > 0 and std.mem.eql(u8, std.mem.span(words[0]), "intproxy");
    const flags: []const [*:0]const u8 = if (is_proxy) &runtime.small_heap else &.{};
    try runtime.becomeScript(allocator, &environment, home, flags, "cli/main.js", words);
}

fn runFace(allocator: std.mem.Allocator, environment: *Environment, arguments: []const [*:0]const u8) !void {
    const face = if (arguments.len > 0) std.mem.span(arguments[0]) else "";
    if (std.mem.eql(u8, face, "agent")) return agent.run(allocator, environment, arguments[1..]);
    if (std.mem.eql(u8, face, "guard")) return guard.run(allocator, environment);
    if (std.mem.eql(u8, face, "detach")) return detach.run(environment, arguments[1..]);
    if (std.mem.eql(u8, face, "serve-files")) return serve_files.run();
    checked.die("mirrord-launcher is started by mirrord itself, not by hand", .{});
}

test {
    _ = @import("environment.zig");
    _ = @import("target.zig");
    _ = @import("options.zig");
    _ = @import("guard.zig");
    _ = @import("session_processes.zig");
}

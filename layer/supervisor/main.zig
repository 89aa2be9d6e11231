//! mirrord-supervisor [--argv0 NAME] -- FILE [ARGUMENT…]
//!
//! Runs a program that nothing can be preloaded into (static, Go) with its system calls answered by the session. Three
//! processes: this one keeps the original pid and stands for the program towards its parent (`relay.zig`); its child, the
//! servant, answers the calls (`service.zig`); the servant's child becomes the program. The servant outlives this process
//! when the program leaves daemons behind, and is an ancestor of every process it serves, as Yama wants it.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const kernel = @import("kernel.zig");
const relay = @import("relay.zig");
const servant = @import("servant.zig");
const program = @import("program.zig");
const stopping = @import("stopping.zig");

const usage = "usage: mirrord-supervisor [--argv0 NAME] -- FILE [ARGUMENT…]";

/// What was ignored stays ignored: the program inherits it.
pub const std_options: std.Options = .{ .keep_sigpipe = true };

pub fn main() void {
    var arguments: []const [*:0]u8 = std.os.argv[@min(1, std.os.argv.len)..];
    var name: ?[*:0]const u8 = null;
    if (arguments.len > 1 and std.mem.eql(u8, std.mem.span(arguments[0]), "--argv0")) {
        name = arguments[1];
        arguments = arguments[2..];
    }
    if (arguments.len < 2 or !std.mem.eql(u8, std.mem.span(arguments[0]), "--")) checked.die(usage, .{});
    run(arguments[1..], name) catch checked.die("the supervisor could not start: {t}", .{checked.last_errno});
}

fn run(arguments: []const [*:0]u8, name: ?[*:0]const u8) !noreturn {
    var arena = std.heap.ArenaAllocator.init(std.heap.page_allocator);
    const allocator = arena.allocator();
    const argv = try allocator.allocSentinel(?[*:0]const u8, arguments.len, null);
    for (arguments, argv) |argument, *slot| slot.* = argument;
    if (name) |text| argv[0] = text;
    var mask: linux.sigset_t = undefined;
    var all = linux.sigfillset();
    _ = linux.sigprocmask(linux.SIG.BLOCK, &all, &mask);
    const command = program.Command{
        .file = arguments[0],
        .argv = argv.ptr,
        .environment = try supervisedEnvironment(allocator),
        .mask = mask,
    };
    var events: [2]i32 = undefined;
    _ = try checked.check(linux.pipe2(&events, .{ .CLOEXEC = true }));
    const own = linux.getpid();
    stopping.allowAnyTracer();
    const child = try checked.check(linux.fork());
    if (child == 0) servant.run(allocator, command, events[1], own);
    stopping.allowTracer(child);
    forgetDescriptors(events[0]);
    relay.run(0, @intCast(child));
}

/// The program's descriptors are not ours to hold: a pipe must end when the program closes it. The pipe of events becomes
/// descriptor 0.
fn forgetDescriptors(events: i32) void {
    _ = linux.dup2(events, 0);
    const last: usize = std.math.maxInt(u32);
    _ = linux.syscall3(.close_range, 1, last, 0);
}

/// The preload layer has nothing to do below the supervisor: the filter answers everything. Some programs (sanitizers) do
/// not even bear it, so it is not loaded there.
fn supervisedEnvironment(allocator: std.mem.Allocator) ![*:null]const ?[*:0]const u8 {
    var entries: std.ArrayList(?[*:0]const u8) = .empty;
    for (std.os.environ) |entry| {
        const text = std.mem.span(entry);
        if (std.mem.startsWith(u8, text, "MIRRORD_SUPERVISED=")) continue;
        const is_preload = std.mem.startsWith(u8, text, preload);
        const kept = if (is_preload) try withoutLayer(allocator, text[preload.len..]) orelse continue else entry;
        try entries.append(allocator, kept);
    }
    try entries.append(allocator, "MIRRORD_SUPERVISED=1");
    try entries.append(allocator, null);
    return @ptrCast(entries.items.ptr);
}

const preload = "LD_PRELOAD=";

/// What is left of the list without the layer's library; null if it was all.
fn withoutLayer(allocator: std.mem.Allocator, value: []const u8) !?[*:0]const u8 {
    var text: std.ArrayList(u8) = .empty;
    var paths = std.mem.tokenizeAny(u8, value, ": ");
    while (paths.next()) |path| {
        if (std.mem.endsWith(u8, path, "/libmirrord_layer.so")) continue;
        try text.appendSlice(allocator, if (text.items.len == 0) preload else ":");
        try text.appendSlice(allocator, path);
    }
    return if (text.items.len == 0) null else try text.toOwnedSliceSentinel(allocator, 0);
}

test "other preloaded libraries stay" {
    var arena = std.heap.ArenaAllocator.init(std.testing.allocator);
    defer arena.deinit();
    const left = try withoutLayer(arena.allocator(), "/a.so:/x/libmirrord_layer.so /b.so");
    try std.testing.expectEqualStrings("LD_PRELOAD=/a.so:/b.so", std.mem.span(left.?));
    try std.testing.expectEqual(null, try withoutLayer(arena.allocator(), "/x/libmirrord_layer.so"));
}

test {
    _ = @import("accepting.zig");
    _ = @import("control_messages.zig");
    _ = @import("core_dump.zig");
    _ = @import("filter.zig");
    _ = @import("narrow_changes.zig");
    _ = @import("service.zig");
    _ = @import("waiting.zig");
    _ = @import("processes.zig");
    _ = @import("slots.zig");
    _ = @import("stopping.zig");
}

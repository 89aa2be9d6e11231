//! The Deno that we become: the one embedded in this file or lying beside it, or a file made by `deno compile`.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");
const Environment = @import("environment.zig").Environment;
const Payload = @import("payload.zig").Payload;

/// Everything is bundled: the runtime must not look for anything on the network or in the user's folders.
const deno_flags = [_][*:0]const u8{
    "run", "-A", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--cached-only", "--no-check", "--quiet",
};

const small_heap_options = "--max-semi-space-size=4,--optimize-for-size";
/// For a process that lives in somebody else's memory limits: its heap stays at half the size, at no measurable speed.
pub const small_heap = [_][*:0]const u8{"--v8-flags=" ++ small_heap_options};

/// What runs the agent.
pub const AgentRuntime = union(enum) {
    /// The folder with deno and agent.js.
    unpacked: [:0]const u8,
    /// The compiled file that carried this launcher; it named itself when it started us.
    compiled: [:0]const u8,

    pub fn find(allocator: std.mem.Allocator, environment: *const Environment) !AgentRuntime {
        if (environment.get("MIRRORD_COMPILED")) |file| return .{ .compiled = file };
        return .{ .unpacked = try home(allocator, environment) };
    }

    /// Becomes the agent; `words` is its command line.
    pub fn become(
        self: AgentRuntime,
        allocator: std.mem.Allocator,
        environment: *Environment,
        words: []const [*:0]const u8,
    ) !noreturn {
        switch (self) {
            .unpacked => |folder| try becomeScript(allocator, environment, folder, &small_heap, "agent.js", words),
            .compiled => |file| {
                try environment.set("DENO_V8_FLAGS", small_heap_options);
                try execute(allocator, environment, file, &.{"agent"}, words);
            },
        }
    }
};

/// The folder with deno, the bundles and the layer: unpacked from this file, or the one this launcher lies in.
pub fn home(allocator: std.mem.Allocator, environment: *const Environment) ![:0]const u8 {
    const self_path = try system.readLink(allocator, "/proc/self/exe");
    const payload = try Payload.ofSelf() orelse {
        return allocator.dupeZ(u8, std.fs.path.dirname(self_path) orelse "/");
    };
    for (try cacheFolders(allocator, environment)) |folder| {
        return payload.unpack(allocator, folder) catch |reason| switch (reason) {
            error.BrokenPayload => checked.die("this file is damaged: {s}; download or build it again", .{self_path}),
            else => continue,
        };
    }
    checked.die("no folder can be written to unpack the runtime (96 MB): set XDG_CACHE_HOME to one that can", .{});
}

/// Where the runtime may be unpacked, best first. The last is for users without a home that can be written.
fn cacheFolders(allocator: std.mem.Allocator, environment: *const Environment) ![]const []const u8 {
    var folders: std.ArrayList([]const u8) = .empty;
    if (environment.get("XDG_CACHE_HOME")) |cache| if (cache.len > 0 and cache[0] == '/') {
        try folders.append(allocator, try std.fmt.allocPrint(allocator, "{s}/mirrord", .{cache}));
    };
    if (environment.get("HOME")) |user_home| if (user_home.len > 0 and user_home[0] == '/') {
        try folders.append(allocator, try std.fmt.allocPrint(allocator, "{s}/.cache/mirrord", .{user_home}));
    };
    const temporary = environment.get("TMPDIR") orelse "/tmp";
    try folders.append(allocator, try std.fmt.allocPrint(allocator, "{s}/mirrord-cache-{d}", .{ temporary, linux.getuid() }));
    return folders.items;
}

/// Becomes Deno, with `more_flags`, running `script` (a file of `home_folder`) with `arguments`.
pub fn becomeScript(
    allocator: std.mem.Allocator,
    environment: *Environment,
    home_folder: []const u8,
    more_flags: []const [*:0]const u8,
    script: []const u8,
    arguments: []const [*:0]const u8,
) !noreturn {
    const deno = try std.fmt.allocPrintSentinel(allocator, "{s}/deno", .{home_folder}, 0);
    try environment.forRuntime(try std.fmt.allocPrint(allocator, "{s}/cache", .{home_folder}));
    try environment.set("MIRRORD_HOME", home_folder);
    var words: std.ArrayList([*:0]const u8) = .empty;
    try words.appendSlice(allocator, &deno_flags);
    try words.appendSlice(allocator, more_flags);
    try words.append(allocator, try std.fmt.allocPrintSentinel(allocator, "{s}/{s}", .{ home_folder, script }, 0));
    try execute(allocator, environment, deno, words.items, arguments);
}

fn execute(
    allocator: std.mem.Allocator,
    environment: *Environment,
    file: [:0]const u8,
    first_words: []const [*:0]const u8,
    more_words: []const [*:0]const u8,
) !noreturn {
    var argv: std.ArrayList(?[*:0]const u8) = .empty;
    try argv.append(allocator, file);
    for (first_words) |word| try argv.append(allocator, word);
    for (more_words) |word| try argv.append(allocator, word);
    try argv.append(allocator, null);
    _ = checked.check(linux.execve(file, @ptrCast(argv.items.ptr), try environment.block())) catch {};
    checked.die("cannot execute {s}: {t}", .{ file, checked.last_errno });
}

/// Deno raises its soft limit of open files and takes some signals; the CLI gives both back to the user's program.
pub fn keepLaunchState(allocator: std.mem.Allocator, environment: *Environment) !void {
    if (environment.get("MIRRORD_RUNTIME") != null) return;
    var limit: linux.rlimit = undefined;
    _ = try checked.check(linux.getrlimit(.NOFILE, &limit));
    try environment.set("MIRRORD_ORIGINAL_NOFILE", try std.fmt.allocPrint(allocator, "{d}", .{limit.cur}));
    try environment.set("MIRRORD_ORIGINAL_CLOSED", try std.fmt.allocPrint(allocator, "{d}", .{closedDescriptors()}));
    try environment.set("MIRRORD_ORIGINAL_SIGIGN", try std.fmt.allocPrint(allocator, "{x}", .{ignoredSignals()}));
}

/// The closed ones of the three standard descriptors, as bits: Deno opens them, to /dev/null.
fn closedDescriptors() u32 {
    var closed: u32 = 0;
    for (0..3) |fd| {
        const result = linux.fcntl(@intCast(fd), linux.F.GETFD, 0);
        if (linux.E.init(result) == .BADF) closed |= @as(u32, 1) << @intCast(fd);
    }
    return closed;
}

/// The ignored ones of the 31 standard signals, as the bits of /proc/PID/status.
fn ignoredSignals() u32 {
    var ignored: u32 = 0;
    for (1..32) |number| {
        // These two can't be ignored, and must not be asked about.
        if (number == linux.SIG.KILL or number == linux.SIG.STOP) continue;
        var action: linux.Sigaction = undefined;
        if (linux.E.init(linux.sigaction(@intCast(number), null, &action)) != .SUCCESS) continue;
        if (action.handler.handler == linux.SIG.IGN) ignored |= @as(u32, 1) << @intCast(number - 1);
    }
    return ignored;
}

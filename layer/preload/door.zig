//! The preload door: brings a call of this process to the core, and carries the messages until it is decided.

const std = @import("std");
const core = @import("core");
const connections = @import("connection.zig");
const native = @import("native.zig");
const pool = @import("pool.zig");
const state = @import("state.zig");

pub const Result = union(enum) {
    /// The native function is to be called, with `Visit.path` and `Visit.address` where they are set.
    local,
    /// The value, or −errno.
    value: i64,
};

/// One call on its way. `end` it when its path is no longer needed.
pub const Visit = struct {
    call: core.Call,
    connection: ?*connections.Connection = null,
    healthy: bool = true,

    pub fn start(self: *Visit, arguments: core.Arguments) Result {
        if (!state.isActive()) {
            self.connection = null;
            self.call.path = null;
            self.call.second_path = null;
            self.call.address = null;
            return .local;
        }
        self.* = .{ .call = .{
            .session = &state.session,
            .caller = .{ .context = self, .vtable = &own_process },
            .arguments = arguments,
        } };
        return self.follow(core.start(&self.call));
    }

    /// As `start`, for calls that have no local way left but its result: −1 and errno, or the value.
    fn follow(self: *Visit, first: core.Outcome) Result {
        var outcome = first;
        while (true) switch (outcome) {
            .local => return .local,
            .answer => return .{ .value = self.call.result },
            .descriptor => return .{ .value = self.descriptor() },
            .tell => {
                self.connection.?.send(self.call.request) catch |problem| return self.broken(problem);
                return .{ .value = self.call.result };
            },
            .ask => outcome = self.exchange() catch |problem| return self.broken(problem),
        };
    }

    /// What came with a reply is close-on-exec until its flags are known.
    fn descriptor(self: *Visit) i32 {
        if (!self.call.close_on_exec) core.system.inherit(self.call.descriptor);
        return self.call.descriptor;
    }

    fn exchange(self: *Visit) connections.Error!core.Outcome {
        const connection = self.connection.?;
        try connection.send(self.call.request);
        const wait = connections.Wait{ .interruptible = self.call.interruptible, .limit_ms = self.call.limit_ms };
        const reply = try connection.receive(wait);
        self.call.attached = connection.takeAttached();
        defer if (self.call.attached >= 0) core.system.close(self.call.attached);
        return core.finish(&self.call, reply);
    }

    fn broken(self: *Visit, problem: connections.Error) Result {
        self.healthy = false;
        _ = core.abandon(&self.call, switch (problem) {
            error.Gone => core.proxyGone(&self.call),
            error.Interrupted => .INTR,
            error.Expired => .INPROGRESS,
        });
        return .{ .value = self.call.result };
    }

    pub fn end(self: *Visit) void {
        if (self.connection) |connection| pool.release(connection, self.healthy);
        self.connection = null;
    }

    /// The path for the native call.
    pub fn path(self: *const Visit, given: native.Path) native.Path {
        return if (self.call.path) |new| new.ptr else given;
    }

    /// As `path`, for the second path of a call.
    pub fn secondPath(self: *const Visit, given: native.Path) native.Path {
        return if (self.call.second_path) |new| new.ptr else given;
    }
};

/// Where `path` goes, for functions that look at files inside libc: what is relative to a directory of the target is not
/// libc's matter, wherever it ends.
pub fn verdictOn(path: []const u8, for_writing: bool) core.rules.Verdict {
    if (!state.isActive() or path.len == 0 or path.len >= core.path_limit) return .local;
    if (path[0] == '/') return state.session.decide(path, for_writing);
    return if (standsInTarget()) .remote else .local;
}

/// Not inlined: its buffer would stand on the stack of every caller.
noinline fn standsInTarget() bool {
    if (!state.session.may_stand_in_target) return false;
    var name: [core.path_limit]u8 = undefined;
    return core.absoluteHere(&state.session, ".", &name) != null;
}

/// Does a call through the core, or calls the next definition of `name` with `given`, its first path and its second one
/// replaced where the core says so.
pub inline fn perform(
    comptime name: [:0]const u8,
    comptime Function: type,
    asked: core.Arguments,
    given: native.ArgumentsOf(Function),
) native.Returned(Function) {
    return performPaths(name, Function, asked, given, 2);
}

/// As `perform`, for functions whose second string is no path.
pub inline fn performOne(
    comptime name: [:0]const u8,
    comptime Function: type,
    asked: core.Arguments,
    given: native.ArgumentsOf(Function),
) native.Returned(Function) {
    return performPaths(name, Function, asked, given, 1);
}

inline fn performPaths(
    comptime name: [:0]const u8,
    comptime Function: type,
    asked: core.Arguments,
    given: native.ArgumentsOf(Function),
    comptime path_count: usize,
) native.Returned(Function) {
    var v: Visit = undefined;
    defer v.end();
    switch (v.start(asked)) {
        .value => |value| return native.result(native.Returned(Function), value),
        .local => {},
    }
    var arguments = given;
    comptime var seen: usize = 0;
    inline for (&arguments) |*argument| {
        if (@TypeOf(argument.*) == native.Path and seen < path_count) {
            argument.* = if (seen == 0) v.path(argument.*) else v.secondPath(argument.*);
            seen += 1;
        }
    }
    return native.call(name, Function, arguments);
}

/// The caller is this process: its addresses are pointers, its descriptors are ours.
pub const own_memory = core.Caller{ .context = undefined, .vtable = &own_process };

const own_process = core.Caller.VTable{
    .read = read,
    .write = write,
    .string = string,
    .room = room,
    .borrow = borrow,
    .release = release,
    .umask = umask,
    .workingDirectory = workingDirectory,
};

fn read(_: *anyopaque, at: usize, into: []u8) core.Error!void {
    if (at == 0) return error.Fault;
    @memcpy(into, @as([*]const u8, @ptrFromInt(at))[0..into.len]);
}

fn write(_: *anyopaque, at: usize, bytes: []const u8) core.Error!void {
    if (at == 0) return error.Fault;
    @memcpy(@as([*]u8, @ptrFromInt(at))[0..bytes.len], bytes);
}

fn string(_: *anyopaque, at: usize) core.Error![:0]const u8 {
    if (at == 0) return error.Fault;
    const text = std.mem.span(@as([*:0]const u8, @ptrFromInt(at)));
    return if (text.len < core.path_limit) text else error.TooLong;
}

fn room(context: *anyopaque) core.Error![]u8 {
    const visit: *Visit = @ptrCast(@alignCast(context));
    visit.connection = pool.acquire() catch return error.Gone;
    return visit.connection.?.room();
}

fn borrow(_: *anyopaque, fd: i32) core.Error!i32 {
    return if (fd < 0) error.BadDescriptor else fd;
}

fn release(_: *anyopaque, _: i32) void {}

fn umask(_: *anyopaque) u32 {
    return core.system.umaskOf("/proc/thread-self/status");
}

fn workingDirectory(_: *anyopaque, into: []u8) core.Error!?[]const u8 {
    return core.system.workingDirectory(into);
}

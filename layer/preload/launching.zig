//! What is really executed when the program executes a file: the same file with a complete environment, or the supervisor
//! with it, for files that nothing can be preloaded into.
//!
//! Runs between vfork and exec, too: nothing is allocated as long as a few kilobytes of stack are enough.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const environment = @import("environment.zig");
const report = @import("report.zig");
const state = @import("state.zig");
const system = core.system;

pub const Entry = environment.Entry;
pub const Block = environment.Block;

pub const Launch = struct {
    path: Entry,
    arguments: Block,
    environment: Block,
};

const empty = [_:null]?Entry{};

/// A null pointer stands for an empty list, as in the kernel.
pub fn blockOf(pointer: ?*const anyopaque) Block {
    return if (pointer) |known| @ptrCast(@alignCast(known)) else &empty;
}

/// Calls `run(context, launch)` with what is really to be executed instead of `given`.
pub fn adapt(given: Launch, context: anytype, comptime run: fn (@TypeOf(context), Launch) isize) isize {
    const may_be_elsewhere = state.isMember() and state.session.may_stand_in_target and isRelative(given.path);
    return if (may_be_elsewhere) adaptRelative(given, context, run) else adaptNamed(given, context, run);
}

/// A name without a slash may be one that is searched for.
fn isRelative(path: Entry) bool {
    return path[0] != '/' and std.mem.indexOfScalar(u8, std.mem.span(path), '/') != null;
}

/// Programs are this machine's: a name that is relative to a directory of the target is the absolute one here.
noinline fn adaptRelative(given: Launch, context: anytype, comptime run: fn (@TypeOf(context), Launch) isize) isize {
    var room: [core.path_limit]u8 = undefined;
    var launch = given;
    if (core.absoluteHere(&state.session, std.mem.span(given.path), &room)) |path| launch.path = path.ptr;
    return adaptNamed(launch, context, run);
}

fn adaptNamed(given: Launch, context: anytype, comptime run: fn (@TypeOf(context), Launch) isize) isize {
    const supervised = needsSupervisor(given.path);
    const for_environment = environment.roomFor(given.environment);
    const for_arguments = if (supervised) environment.length(given.arguments) + supervisor_words else 0;
    const needed = for_environment + for_arguments;
    if (needed == 0) return run(context, given);
    const Adapted = struct {
        given: Launch,
        for_environment: usize,
        supervised: bool,
        context: @TypeOf(context),

        fn build(self: @This(), room: []?Entry) isize {
            var launch = self.given;
            const split = room[self.for_environment..];
            if (self.for_environment != 0) {
                launch.environment = environment.completed(launch.environment, room[0..self.for_environment]);
            }
            if (self.supervised) launch = supervise(launch, split);
            return run(self.context, launch);
        }
    };
    return withRoom(needed, Adapted{
        .given = given,
        .for_environment = for_environment,
        .supervised = supervised,
        .context = context,
    }, Adapted.build);
}

/// Whether the file at `path` is to be executed below the supervisor.
pub fn needsSupervisor(path: Entry) bool {
    if (!state.isMember() or state.supervisor == null) return false;
    if (!environment.isReachable()) {
        report.log(.warn, "{s} is executed in another root directory, where the layer is not: it runs outside of the session", .{path});
        return false;
    }
    const door = core.program.doorOf(path, state.session.doorChoice());
    if (door == .closed) report.log(.warn, "{s} raises its rights: it runs outside of the session", .{path});
    return door == .supervisor;
}

/// mirrord-supervisor --argv0 NAME -- FILE, and the end of the list.
const supervisor_words = 6;

fn supervise(launch: Launch, room: []?Entry) Launch {
    const supervisor = state.supervisor.?;
    const name = launch.arguments[0] orelse launch.path;
    room[0..5].* = .{ supervisor, "--argv0", name, "--", launch.path };
    var count: usize = 5;
    if (launch.arguments[0] != null) {
        for (1..environment.length(launch.arguments)) |i| {
            room[count] = launch.arguments[i];
            count += 1;
        }
    }
    room[count] = null;
    return .{ .path = supervisor, .arguments = @ptrCast(room.ptr), .environment = launch.environment };
}

/// Calls `use(context, room)` with room for `count` pointers, on the stack if there are not very many.
pub fn withRoom(count: usize, context: anytype, comptime use: fn (@TypeOf(context), []?Entry) isize) isize {
    if (count <= 128) return onStack(128, context, use);
    if (count <= 1024) return onStack(1024, context, use);
    const memory = system.allocate(count * @sizeOf(?Entry)) orelse return -@as(isize, @intFromEnum(linux.E.NOMEM));
    defer system.free(memory);
    return use(context, @as([*]?Entry, @ptrCast(memory.ptr))[0..count]);
}

noinline fn onStack(comptime size: usize, context: anytype, comptime use: fn (@TypeOf(context), []?Entry) isize) isize {
    var room: [size]?Entry = undefined;
    return use(context, &room);
}

/// Executes, or returns −errno.
pub fn execute(launch: Launch) isize {
    return adapt(launch, {}, executeNow);
}

fn executeNow(_: void, launch: Launch) isize {
    return @bitCast(linux.execve(launch.path, launch.arguments, launch.environment));
}

/// Calls `attempt(context, path)` for each place where `file` may be, as execvp(3) searches, until it says to stop: with
/// its result, or the errno that the search ends with.
pub fn search(
    file: Entry,
    path_variable: ?[]const u8,
    context: anytype,
    comptime attempt: fn (@TypeOf(context), Entry) isize,
) isize {
    const name = std.mem.span(file);
    if (name.len == 0) return -@as(isize, @intFromEnum(linux.E.NOENT));
    if (std.mem.indexOfScalar(u8, name, '/') != null) return attempt(context, file);
    var denied = false;
    var directories = std.mem.splitScalar(u8, path_variable orelse "/bin:/usr/bin", ':');
    while (directories.next()) |directory| {
        var buffer: [core.path_limit]u8 = undefined;
        const separator = if (directory.len == 0) "" else "/";
        const path = std.fmt.bufPrintZ(&buffer, "{s}{s}{s}", .{ directory, separator, name }) catch continue;
        const result = attempt(context, path.ptr);
        if (result >= 0) return result;
        switch (@as(linux.E, @enumFromInt(-result))) {
            .ACCES => denied = true,
            .NOENT, .STALE, .NOTDIR, .NODEV, .TIMEDOUT => {},
            else => return result,
        }
    }
    return -@as(isize, @intFromEnum(if (denied) linux.E.ACCES else linux.E.NOENT));
}

const testing = std.testing;

test "the supervisor gets the file, its name and its arguments" {
    state.supervisor = "/s/supervisor";
    defer state.supervisor = null;
    const arguments = [_:null]?Entry{ "name", "one", "two" };
    var room: [16]?Entry = undefined;
    const launch = supervise(.{ .path = "/bin/static", .arguments = &arguments, .environment = &empty }, &room);
    const expected = [_][]const u8{ "/s/supervisor", "--argv0", "name", "--", "/bin/static", "one", "two" };
    for (expected, 0..) |word, i| try testing.expectEqualStrings(word, std.mem.span(launch.arguments[i].?));
    try testing.expect(launch.arguments[expected.len] == null);
    const nameless = supervise(.{ .path = "/bin/static", .arguments = &empty, .environment = &empty }, &room);
    try testing.expectEqual(@as(usize, 5), environment.length(nameless.arguments));
}

fn attemptForTest(tried: *[3]usize, path: Entry) isize {
    const text = std.mem.span(path);
    tried[0] += 1;
    if (std.mem.startsWith(u8, text, "/denied")) return -@as(isize, @intFromEnum(linux.E.ACCES));
    if (std.mem.startsWith(u8, text, "/broken")) return -@as(isize, @intFromEnum(linux.E.IO));
    return if (std.mem.startsWith(u8, text, "/found") or text[0] != '/') 7 else -@as(isize, @intFromEnum(linux.E.NOENT));
}

test "the search path" {
    var tried = [_]usize{0} ** 3;
    const cases = [_]struct { Entry, []const u8, isize, usize }{
        .{ "x", "/none:/found:/never", 7, 2 },
        .{ "x", "/denied:/none", -13, 2 },
        .{ "x", "/none:/broken:/found", -5, 2 },
        .{ "x", "", 7, 1 },
        .{ "", "/found", -2, 0 },
        .{ "/none/x", "/found", -2, 1 },
    };
    for (cases) |case| {
        tried[0] = 0;
        try testing.expectEqual(case[2], search(case[0], case[1], &tried, attemptForTest));
        try testing.expectEqual(case[3], tried[0]);
    }
}

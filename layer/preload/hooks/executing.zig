//! The exec family and posix_spawn(3): the session goes on in what is executed.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const environment = @import("../environment.zig");
const launching = @import("../launching.zig");
const native = @import("../native.zig");
const startup = @import("../startup.zig");
const state = @import("../state.zig");
const symbols = @import("../symbols.zig");
const variadic = @import("variadic.zig");
const system = core.system;

const Block = launching.Block;
const Entry = launching.Entry;
const Launch = launching.Launch;
const Pointer = ?*const anyopaque;
const Spawn = *const fn (?*c_int, Entry, Pointer, Pointer, Pointer, Pointer) callconv(.c) c_int;
const ExecuteAt = *const fn (c_int, ?Entry, Pointer, Pointer, c_int) callconv(.c) c_int;
const ExecuteDescriptor = *const fn (c_int, Pointer, Pointer) callconv(.c) c_int;

/// libc's `environ`, which may lie in the executable.
fn ownEnvironment() Block {
    const variable = symbols.global("environ") orelse return launching.blockOf(null);
    return launching.blockOf(@as(*const Pointer, @ptrFromInt(variable)).*);
}

pub fn execute(path: ?Entry, arguments: Block, block: Block) c_int {
    const file = path orelse return native.result(c_int, -@as(i64, @intFromEnum(linux.E.FAULT)));
    return native.result(c_int, launching.execute(.{ .path = file, .arguments = arguments, .environment = block }));
}

fn execve(path: ?Entry, arguments: Pointer, block: Pointer) callconv(.c) c_int {
    return execute(path, launching.blockOf(arguments), launching.blockOf(block));
}

fn execv(path: ?Entry, arguments: Pointer) callconv(.c) c_int {
    return execute(path, launching.blockOf(arguments), ownEnvironment());
}

const Searched = struct { arguments: Block, environment: Block };

/// glibc gives files without a header that the kernel knows to the shell; musl doesn't.
fn attempt(of: Searched, path: Entry) isize {
    const result = launching.execute(.{ .path = path, .arguments = of.arguments, .environment = of.environment });
    if (result != -@as(isize, @intFromEnum(linux.E.NOEXEC)) or !native.isGlibc()) return result;
    const Shell = struct {
        searched: Searched,
        path: Entry,

        fn run(self: @This(), room: []?Entry) isize {
            room[0..2].* = .{ "/bin/sh", self.path };
            const count = environment.length(self.searched.arguments);
            for (1..@max(1, count)) |i| room[i + 1] = self.searched.arguments[i];
            room[@max(1, count) + 1] = null;
            const block = self.searched.environment;
            return launching.execute(.{ .path = "/bin/sh", .arguments = @ptrCast(room.ptr), .environment = block });
        }
    };
    const needed = environment.length(of.arguments) + 3;
    return launching.withRoom(needed, Shell{ .searched = of, .path = path }, Shell.run);
}

fn executeSearched(file: ?Entry, arguments: Block, block: Block) c_int {
    const name = file orelse return native.result(c_int, -@as(i64, @intFromEnum(linux.E.FAULT)));
    const path = startup.find(ownEnvironment(), "PATH");
    const searched = Searched{ .arguments = arguments, .environment = block };
    return native.result(c_int, launching.search(name, path, searched, attempt));
}

fn execvpe(file: ?Entry, arguments: Pointer, block: Pointer) callconv(.c) c_int {
    return executeSearched(file, launching.blockOf(arguments), launching.blockOf(block));
}

fn execvp(file: ?Entry, arguments: Pointer) callconv(.c) c_int {
    return executeSearched(file, launching.blockOf(arguments), ownEnvironment());
}

/// execl, execlp and execle: the arguments are the call's own, up to a null pointer; execle's environment follows it.
const Listed = enum { plain, searched, with_environment };

fn executeListed(comptime kind: Listed) fn (variadic.Arguments) callconv(.c) c_int {
    return struct {
        fn run(given: variadic.Arguments) callconv(.c) c_int {
            var count: usize = 1;
            while (given.get(count) != 0) count += 1;
            return @intCast(launching.withRoom(count, given, collect));
        }

        fn collect(given: variadic.Arguments, room: []?Entry) isize {
            var count: usize = 0;
            while (given.get(count + 1) != 0) : (count += 1) room[count] = @ptrFromInt(given.get(count + 1));
            room[count] = null;
            const file: ?Entry = @ptrFromInt(given.get(0));
            const arguments: Block = @ptrCast(room.ptr);
            return switch (kind) {
                .plain => execute(file, arguments, ownEnvironment()),
                .searched => executeSearched(file, arguments, ownEnvironment()),
                .with_environment => execute(file, arguments, launching.blockOf(@ptrFromInt(given.get(count + 2)))),
            };
        }
    }.run;
}

/// Where a file lies that is executed by descriptor, if it has to be executed by path for the supervisor.
fn pathForSupervisor(directory: c_int, path: Entry, flags: u32, buffer: *[core.path_limit]u8) ?Entry {
    if (!state.isMember()) return null;
    const by_descriptor = path[0] == 0 and flags & linux.AT.EMPTY_PATH != 0;
    const opened = if (by_descriptor) directory else system.openat(directory, path, system.O.CLOEXEC, 0);
    if (opened < 0) return null;
    const fd: i32 = @intCast(opened);
    defer if (!by_descriptor) system.close(fd);
    if (core.program.doorOfDescriptor(fd, state.session.doorChoice()) != .supervisor) return null;
    var link: [48]u8 = undefined;
    const name = std.fmt.bufPrintZ(&link, "/proc/self/fd/{d}", .{fd}) catch unreachable;
    const size: isize = @bitCast(linux.readlink(name, buffer, buffer.len - 1));
    if (size <= 0) return null;
    buffer[@intCast(size)] = 0;
    const found: Entry = @ptrCast(buffer);
    return if (launching.needsSupervisor(found)) found else nameless(fd, buffer);
}

/// A file without a name (a memfd, a deleted file) is executed through a descriptor that the supervisor inherits. It closes
/// when that executes the program.
fn nameless(fd: i32, buffer: *[core.path_limit]u8) ?Entry {
    const inherited: isize = @bitCast(linux.fcntl(fd, linux.F.DUPFD, 3));
    if (inherited < 0) return null;
    const name = std.fmt.bufPrintZ(buffer, core.program.inherited_path ++ "{d}", .{inherited}) catch unreachable;
    return name.ptr;
}

pub fn executeAt(directory: c_int, path: ?Entry, arguments: Block, block: Block, flags: c_int) isize {
    const file = path orelse return -@as(isize, @intFromEnum(linux.E.FAULT));
    var buffer: [core.path_limit]u8 = undefined;
    if (pathForSupervisor(directory, file, @bitCast(flags), &buffer)) |found| {
        return launching.execute(.{ .path = found, .arguments = arguments, .environment = block });
    }
    const Here = struct {
        directory: c_int,
        flags: c_int,
        launch: Launch,

        fn run(self: @This(), room: []?Entry) isize {
            const needed = environment.roomFor(self.launch.environment);
            const full = if (needed == 0) self.launch.environment else environment.completed(self.launch.environment, room);
            return @bitCast(linux.syscall5(
                .execveat,
                @bitCast(@as(isize, self.directory)),
                @intFromPtr(self.launch.path),
                @intFromPtr(self.launch.arguments),
                @intFromPtr(full),
                @as(u32, @bitCast(self.flags)),
            ));
        }
    };
    const launch = Launch{ .path = file, .arguments = arguments, .environment = block };
    const here = Here{ .directory = directory, .flags = flags, .launch = launch };
    return launching.withRoom(environment.roomFor(block), here, Here.run);
}

fn execveat(directory: c_int, path: ?Entry, arguments: Pointer, block: Pointer, flags: c_int) callconv(.c) c_int {
    const result = executeAt(directory, path, launching.blockOf(arguments), launching.blockOf(block), flags);
    return native.result(c_int, result);
}

fn fexecve(fd: c_int, arguments: Pointer, block: Pointer) callconv(.c) c_int {
    const flags = linux.AT.EMPTY_PATH;
    return native.result(c_int, executeAt(fd, "", launching.blockOf(arguments), launching.blockOf(block), flags));
}

const Spawned = struct { process: ?*c_int, actions: Pointer, attributes: Pointer };

/// posix_spawn returns its errno instead of setting it.
fn spawn(comptime name: [:0]const u8) Spawn {
    return struct {
        fn hook(
            process: ?*c_int,
            path: Entry,
            actions: Pointer,
            attributes: Pointer,
            arguments: Pointer,
            block: Pointer,
        ) callconv(.c) c_int {
            const given = Launch{
                .path = path,
                .arguments = launching.blockOf(arguments),
                .environment = launching.blockOf(block),
            };
            const how = Spawned{ .process = process, .actions = actions, .attributes = attributes };
            return @intCast(launching.adapt(given, how, spawnNow));
        }

        fn spawnNow(how: Spawned, launch: Launch) isize {
            return native.call(name, Spawn, .{
                how.process,
                launch.path,
                how.actions,
                how.attributes,
                @as(Pointer, @ptrCast(launch.arguments)),
                @as(Pointer, @ptrCast(launch.environment)),
            });
        }
    }.hook;
}

/// The search is ours only to find out which file it will be; libc then searches again, as the child sees it.
fn spawnSearched(comptime name: [:0]const u8, comptime direct: [:0]const u8) Spawn {
    return struct {
        fn hook(
            process: ?*c_int,
            file: Entry,
            actions: Pointer,
            attributes: Pointer,
            arguments: Pointer,
            block: Pointer,
        ) callconv(.c) c_int {
            const path = startup.find(ownEnvironment(), "PATH");
            var found: [core.path_limit]u8 = undefined;
            const searched = state.isMember() and launching.search(file, path, &found, rememberExecutable) >= 0;
            if (searched and launching.needsSupervisor(@ptrCast(&found))) {
                return spawn(direct)(process, @ptrCast(&found), actions, attributes, arguments, block);
            }
            return spawn(name)(process, file, actions, attributes, arguments, block);
        }
    }.hook;
}

fn rememberExecutable(into: *[core.path_limit]u8, path: Entry) isize {
    const executable = 1;
    const result = system.faccessat(system.AT_FDCWD, path, executable, system.AT_EACCESS);
    if (result < 0) return result;
    const text = std.mem.span(path);
    if (text.len >= into.len) return -@as(isize, @intFromEnum(linux.E.NAMETOOLONG));
    @memcpy(into[0 .. text.len + 1], text[0 .. text.len + 1]);
    return 0;
}

comptime {
    @export(&execve, .{ .name = "execve" });
    @export(&execv, .{ .name = "execv" });
    @export(&execvp, .{ .name = "execvp" });
    @export(&execvpe, .{ .name = "execvpe" });
    @export(&execveat, .{ .name = "execveat" });
    @export(&fexecve, .{ .name = "fexecve" });
    @export(variadic.entry(executeListed(.plain)), .{ .name = "execl" });
    @export(variadic.entry(executeListed(.searched)), .{ .name = "execlp" });
    @export(variadic.entry(executeListed(.with_environment)), .{ .name = "execle" });
    for (.{ "posix_spawn", "pidfd_spawn" }) |name| @export(spawn(name), .{ .name = name });
    @export(spawnSearched("posix_spawnp", "posix_spawn"), .{ .name = "posix_spawnp" });
    @export(spawnSearched("pidfd_spawnp", "pidfd_spawn"), .{ .name = "pidfd_spawnp" });
}

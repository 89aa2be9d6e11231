//! syscall(2): libc's door for calls that it has no function for. Node.js asks for statx through it, others open files.
//! What the layer knows goes the same way as the named functions; everything else reaches libc untouched.

const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;
const core = @import("core");
const access = @import("access.zig");
const door = @import("../door.zig");
const datagrams = @import("datagrams.zig");
const executing = @import("executing.zig");
const filesystem = @import("filesystem.zig");
const host = @import("host.zig");
const launching = @import("../launching.zig");
const native = @import("../native.zig");
const opening = @import("opening.zig");
const raw_changes = @import("raw_changes.zig");
const settling = @import("../settling.zig");
const sockets = @import("sockets.zig");
const state = @import("../state.zig");
const status = @import("status.zig");
const AT_FDCWD = core.system.AT_FDCWD;

const Words = [6]usize;
const Raw = *const fn (c_long, usize, usize, usize, usize, usize, usize) callconv(.c) c_long;

fn syscall(number: c_long, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) callconv(.c) c_long {
    const known: ?isize = if (state.isActive() or state.isMember()) perform(number, .{ a, b, c, d, e, f }) else null;
    if (known) |value| return native.result(c_long, value);
    const function = native.find("syscall", Raw) orelse return native.result(c_long, kernel(number, .{ a, b, c, d, e, f }));
    // As if the program had called it: some calls return twice.
    return @call(.always_tail, function, .{ number, a, b, c, d, e, f });
}

fn kernel(number: c_long, words: Words) isize {
    const call: linux.SYS = @enumFromInt(@as(usize, @bitCast(number)));
    return @bitCast(linux.syscall6(call, words[0], words[1], words[2], words[3], words[4], words[5]));
}

/// The result, or null for calls that are none of the layer's.
fn perform(number: c_long, words: Words) ?isize {
    switch (number) {
        nr(.execve) => return launching.execute(.{
            .path = path(words[0]) orelse return null,
            .arguments = launching.blockOf(@ptrFromInt(words[1])),
            .environment = launching.blockOf(@ptrFromInt(words[2])),
        }),
        nr(.execveat) => {
            const arguments = launching.blockOf(@ptrFromInt(words[2]));
            const environment = launching.blockOf(@ptrFromInt(words[3]));
            return executing.executeAt(int(words[0]), path(words[1]), arguments, environment, int(words[4]));
        },
        // Its requests would pass by every hook.
        nr(.io_uring_setup) => return if (state.isActive()) unknown else null,
        else => {},
    }
    if (!state.isActive()) return null;
    return performEnding(number, words) orelse performFile(number, words) orelse raw_changes.perform(number, words) orelse performOld(number, words) orelse performSocket(number, words);
}

/// The end of the process, what tells of another's, and what lets go of files.
fn performEnding(number: c_long, words: Words) ?isize {
    switch (number) {
        nr(.exit_group), nr(.close_range) => settling.settle(),
        nr(.close) => settling.settleFile(int(words[0])),
        nr(.dup3) => settling.settleFile(int(words[1])),
        nr(.wait4), nr(.waitid) => {
            const result = kernel(number, words);
            if (result >= 0) settling.settle();
            return result;
        },
        else => {},
    }
    return null;
}

/// To programs that can do without: there is no such call.
const unknown = -@as(isize, @intFromEnum(linux.E.NOSYS));

fn nr(comptime call: linux.SYS) c_long {
    return @intFromEnum(call);
}
fn int(word: usize) c_int {
    return @bitCast(@as(u32, @truncate(word)));
}
fn path(word: usize) native.Path {
    return @ptrFromInt(word);
}

/// One visit; `at` is the index of the path among the words.
const Visited = struct {
    v: door.Visit = undefined,

    fn end(self: *Visited, number: c_long, words: Words, at: usize, result: door.Result) isize {
        defer self.v.end();
        switch (result) {
            .value => |value| return @intCast(value),
            .local => {},
        }
        var rewritten = words;
        rewritten[at] = @intFromPtr(self.v.path(path(words[at])));
        return kernel(number, rewritten);
    }
};

fn performFile(number: c_long, words: Words) ?isize {
    var visited = Visited{};
    const v = &visited.v;
    const directory = int(words[0]);
    switch (number) {
        nr(.openat) => {
            const result = opening.visit(v, directory, path(words[1]), int(words[2]), @truncate(words[3]));
            return visited.end(number, words, 1, result);
        },
        nr(.openat2) => return openat2(number, words),
        nr(.statx) => {
            const buffer: ?*anyopaque = @ptrFromInt(words[4]);
            const result = status.visit(v, directory, path(words[1]), @truncate(words[2]), buffer, .statx);
            return visited.end(number, words, 1, result);
        },
        nr(.fstatat64) => {
            const buffer: ?*anyopaque = @ptrFromInt(words[2]);
            const result = status.visit(v, directory, path(words[1]), @truncate(words[3]), buffer, .stat);
            return visited.end(number, words, 1, result);
        },
        nr(.faccessat), nr(.faccessat2) => {
            const flags = if (number == nr(.faccessat2)) int(words[3]) else 0;
            const result = access.visitAccess(v, directory, path(words[1]), int(words[2]), flags);
            return visited.end(number, words, 1, result);
        },
        nr(.readlinkat) => {
            const result = access.visitReadLink(v, directory, path(words[1]), @ptrFromInt(words[2]), words[3]);
            return visited.end(number, words, 1, result);
        },
        nr(.statfs) => return visited.end(number, words, 0, filesystem.visit(v, path(words[0]), @ptrFromInt(words[1]))),
        nr(.fstatfs) => {
            const result = filesystem.visitDescriptor(v, directory, @ptrFromInt(words[1]));
            return visited.end(number, words, 1, result);
        },
        nr(.fstat) => {
            const result = kernel(number, words);
            if (result == 0) status.correct(directory, @ptrFromInt(words[1]));
            return result;
        },
        nr(.uname) => {
            const result = kernel(number, words);
            if (result == 0) host.correct(@ptrFromInt(words[0]));
            return result;
        },
        else => return null,
    }
}

fn openat2(number: c_long, words: Words) ?isize {
    if (words[2] == 0 or words[3] < @sizeOf(core.OpenHow)) return null;
    const how: *align(1) const core.OpenHow = @ptrFromInt(words[2]);
    if (!how.isSound()) return null;
    var visited = Visited{};
    const result = visited.v.start(.{ .open = .{
        .directory = int(words[0]),
        .path = words[1],
        .flags = @truncate(how.flags),
        .mode = @truncate(how.mode),
        .restricted = how.isRestricted(),
    } });
    return visited.end(number, words, 1, result);
}

/// The calls without a directory, which newer architectures don't have.
fn performOld(number: c_long, words: Words) ?isize {
    if (builtin.cpu.arch != .x86_64) return null;
    var visited = Visited{};
    const v = &visited.v;
    const first = path(words[0]);
    const second: ?*anyopaque = @ptrFromInt(words[1]);
    const result = switch (number) {
        nr(.open) => opening.visit(v, AT_FDCWD, first, int(words[1]), @truncate(words[2])),
        nr(.creat) => opening.visit(v, AT_FDCWD, first, opening.creat_flags, @truncate(words[1])),
        nr(.stat) => status.visit(v, AT_FDCWD, first, 0, second, .stat),
        nr(.lstat) => status.visit(v, AT_FDCWD, first, linux.AT.SYMLINK_NOFOLLOW, second, .stat),
        nr(.access) => access.visitAccess(v, AT_FDCWD, first, int(words[1]), 0),
        nr(.readlink) => access.visitReadLink(v, AT_FDCWD, first, @ptrCast(second), words[2]),
        else => return null,
    };
    return visited.end(number, words, 0, result);
}

fn performSocket(number: c_long, words: Words) ?isize {
    var v: door.Visit = undefined;
    const fd = int(words[0]);
    const address: ?*anyopaque = @ptrFromInt(words[1]);
    const result = switch (number) {
        nr(.connect) => sockets.visitConnect(&v, fd, address, @truncate(words[2])),
        nr(.bind) => sockets.visitBind(&v, fd, address, @truncate(words[2])),
        nr(.listen) => sockets.visitListen(&v, fd, int(words[1])),
        nr(.getsockname) => sockets.visitName(&v, fd, address, @ptrFromInt(words[2]), false),
        nr(.getpeername) => sockets.visitName(&v, fd, address, @ptrFromInt(words[2]), true),
        nr(.accept), nr(.accept4) => return acceptRaw(number, words),
        nr(.sendto), nr(.recvfrom), nr(.sendmsg), nr(.recvmsg), nr(.sendmmsg), nr(.recvmmsg) => return exchangeRaw(number, words),
        nr(.socket) => {
            const refused = fd == linux.AF.INET6 and !state.session.config.ipv6;
            return if (refused) -@as(isize, @intFromEnum(linux.E.AFNOSUPPORT)) else null;
        },
        nr(.getsockopt) => {
            const got = kernel(number, words);
            const room: ?*u32 = @ptrFromInt(words[4]);
            if (got == 0) sockets.correctOption(fd, int(words[1]), int(words[2]), @ptrFromInt(words[3]), room);
            return got;
        },
        else => return null,
    };
    v.end();
    switch (result) {
        .value => |value| return @intCast(value),
        .local => {},
    }
    var rewritten = words;
    if (v.call.address) |*other| {
        rewritten[1] = @intFromPtr(&other.bytes);
        rewritten[2] = other.length;
    }
    return kernel(number, rewritten);
}

fn acceptRaw(number: c_long, words: Words) isize {
    const length: ?*u32 = @ptrFromInt(words[2]);
    const room = if (length) |known| known.* else 0;
    const accepted = kernel(number, words);
    if (accepted >= 0) sockets.correctAccepted(@intCast(accepted), @ptrFromInt(words[1]), length, room);
    return accepted;
}

/// As through the named functions, whose errors are in errno.
fn exchangeRaw(number: c_long, words: Words) isize {
    const fd = int(words[0]);
    const bytes: ?*anyopaque = @ptrFromInt(words[1]);
    const address: ?*anyopaque = @ptrFromInt(words[4]);
    const result = switch (number) {
        nr(.sendto) => datagrams.sendto(fd, bytes, words[2], int(words[3]), address, @truncate(words[5])),
        nr(.recvfrom) => datagrams.recvfrom(fd, bytes, words[2], int(words[3]), address, @ptrFromInt(words[5])),
        nr(.sendmsg) => datagrams.sendmsg(fd, @ptrFromInt(words[1]), int(words[2])),
        nr(.sendmmsg) => datagrams.sendmmsg(fd, @ptrFromInt(words[1]), @truncate(words[2]), int(words[3])),
        nr(.recvmmsg) => datagrams.recvmmsg(fd, @ptrFromInt(words[1]), @truncate(words[2]), int(words[3]), @ptrFromInt(words[4])),
        else => datagrams.recvmsg(fd, @ptrFromInt(words[1]), int(words[2])),
    };
    return if (result < 0) -@as(isize, native.getErrno()) else result;
}

comptime {
    @export(&syscall, .{ .name = "syscall" });
}

//! 32-bit programs of the i386 kind on x86_64: their own call table, their own `struct stat64`, and socketcall(2), which
//! carries all calls about sockets. Everything else (addresses, flags, statx) is as in the 64-bit table.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const translate = @import("translate.zig");

const Step = translate.Step;
const Call = linux.syscalls.X86;
const at_cwd: i32 = linux.AT.FDCWD;

/// How seccomp marks calls of this table.
pub const architecture: u32 = 0x40000003;

/// What the filter must tell of.
pub const file_calls = numbers(&.{
    .open,      .creat,      .access,    .readlink,   .stat64,  .lstat64,           .fstat64, .openat,
    .fstatat64, .readlinkat, .faccessat, .faccessat2, .openat2, .inotify_add_watch, .statx,
});
pub const network_calls = numbers(&.{
    .connect, .bind, .listen, .accept4, .getsockname, .getpeername, .socketcall,
});
pub const process_calls = numbers(&.{ .execve, .execveat });
pub const hostname_calls = numbers(&.{.uname});
pub const getsockopt = number(.getsockopt);
/// socket(2): the same as one of socketcall's, which old programs use and the filter can't look into.
pub const socket = 359;
pub const io_uring_setup = number(.io_uring_setup);

/// The first argument of socketcall(2).
const Operation = enum(u32) {
    bind = 2,
    connect = 3,
    listen = 4,
    accept = 5,
    getsockname = 6,
    getpeername = 7,
    getsockopt = 15,
    accept4 = 18,
    _,
};

fn number(call: Call) u32 {
    return @intCast(@intFromEnum(call));
}

fn numbers(comptime calls: []const Call) []const u32 {
    comptime {
        var all: [calls.len]u32 = undefined;
        for (calls, &all) |call, *slot| slot.* = number(call);
        const final = all;
        return &final;
    }
}

pub fn isExec(nr: i32) bool {
    return nr == number(.execve) or nr == number(.execveat);
}

/// As `translate.step`.
pub fn step(data: linux.SECCOMP.data, caller: core.Caller) core.Error!Step {
    const a = [_]u64{ data.arg0, data.arg1, data.arg2, data.arg3, data.arg4 };
    const call = std.meta.intToEnum(Call, data.nr) catch return .native;
    return switch (call) {
        .open => translate.open(at_cwd, a[0], word(a[1]), word(a[2])),
        .creat => translate.open(at_cwd, a[0], translate.creat_flags, word(a[1])),
        .openat => translate.open(descriptor(a[0]), a[1], word(a[2]), word(a[3])),
        .openat2 => translate.openat2(a, caller),
        .access => translate.access(at_cwd, a[0], word(a[1]), 0),
        .faccessat => translate.access(descriptor(a[0]), a[1], word(a[2]), 0),
        .faccessat2 => translate.access(descriptor(a[0]), a[1], word(a[2]), word(a[3])),
        .readlink => translate.readLink(at_cwd, a[0], a[1], a[2]),
        .readlinkat => translate.readLink(descriptor(a[0]), a[1], a[2], a[3]),
        .stat64 => translate.stat(at_cwd, a[0], 0, a[1], .stat64, caller),
        .lstat64 => translate.stat(at_cwd, a[0], linux.AT.SYMLINK_NOFOLLOW, a[1], .stat64, caller),
        .fstat64 => translate.statDescriptor(descriptor(a[0]), a[1], .stat64),
        .fstatat64 => translate.stat(descriptor(a[0]), a[1], word(a[3]), a[2], .stat64, caller),
        .statx => translate.statx(a, caller),
        .inotify_add_watch => .{ .core = .{ .watch = .{ .fd = descriptor(a[0]), .path = a[1], .mask = word(a[2]) } } },
        .execve, .execveat => .executes,
        .uname => .{ .core = .{ .uname = .{ .buffer = a[0] } } },
        .connect => socketStep(.connect, a),
        .bind => socketStep(.bind, a),
        .listen => socketStep(.listen, a),
        .accept4 => socketStep(.accept4, a),
        .getsockname => socketStep(.getsockname, a),
        .getpeername => socketStep(.getpeername, a),
        .getsockopt => socketStep(.getsockopt, a),
        .socketcall => socketCall(a, caller),
        else => .native,
    };
}

/// socketcall(operation, arguments): the arguments are an array of words.
fn socketCall(a: [5]u64, caller: core.Caller) core.Error!Step {
    const operation: Operation = @enumFromInt(word(a[0]));
    const count: usize = switch (operation) {
        .listen => 2,
        .bind, .connect, .accept, .getsockname, .getpeername => 3,
        .accept4 => 4,
        .getsockopt => 5,
        _ => return .native,
    };
    var words: [5]u32 = @splat(0);
    try caller.read(word(a[1]), std.mem.sliceAsBytes(words[0..count]));
    var wide: [5]u64 = undefined;
    for (words, &wide) |narrow, *slot| slot.* = narrow;
    return socketStep(operation, wide);
}

fn socketStep(operation: Operation, a: [5]u64) Step {
    const fd = descriptor(a[0]);
    return switch (operation) {
        .connect => .{ .core = .{ .connect = .{ .fd = fd, .address = a[1], .length = word(a[2]) } } },
        .bind => .{ .core = .{ .bind = .{ .fd = fd, .address = a[1], .length = word(a[2]) } } },
        .listen => .{ .core = .{ .listen = .{ .fd = fd, .backlog = descriptor(a[1]) } } },
        .accept => translate.accept(a[0], a[1], a[2], 0),
        .accept4 => translate.accept(a[0], a[1], a[2], word(a[3])),
        .getsockname => translate.socketName(a[0], a[1], a[2], false),
        .getpeername => translate.socketName(a[0], a[1], a[2], true),
        .getsockopt => {
            const is_error = a[1] == linux.SOL.SOCKET and a[2] == linux.SO.ERROR;
            return if (is_error) .{ .socket_error = .{ .fd = fd, .buffer = a[3], .length = a[4] } } else .native;
        },
        _ => .native,
    };
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

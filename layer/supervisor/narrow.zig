//! 32-bit programs of the i386 kind on x86_64: their own call table, with structures of its own (`core.layouts`), and
//! socketcall(2), which carries all calls about sockets. Everything else (addresses, flags, statx) is as in the 64-bit table.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const changes = @import("narrow_changes.zig");
const sockets = @import("narrow_sockets.zig");
const translate = @import("translate.zig");

const Step = translate.Step;
const Call = linux.syscalls.X86;
const at_cwd: i32 = linux.AT.FDCWD;
const no_follow: u32 = linux.AT.SYMLINK_NOFOLLOW;

/// How seccomp marks calls of this table.
pub const architecture: u32 = 0x40000003;

/// What the filter must tell of.
pub const file_calls = numbers(&.{
    .open,    .creat,  .access,  .readlink, .openat,    .readlinkat,        .faccessat, .faccessat2,
    .openat2, .stat,   .lstat,   .fstat,    .stat64,    .lstat64,           .fstat64,   .fstatat64,
    .statx,   .statfs, .fstatfs, .statfs64, .fstatfs64, .inotify_add_watch, .chdir,     .getcwd,
}) ++ numbers(&changes.calls);
pub const network_calls = numbers(&.{
    .connect, .bind, .listen, .accept4, .getsockname, .getpeername, .socketcall,
});
pub const message_calls = numbers(&.{ .sendmsg, .sendmmsg, .recvmsg, .recvmmsg, .recvmmsg_time64 });
pub const addressed_calls = numbers(&.{ .sendto, .recvfrom });
/// Before them, what was written is brought to the target.
pub const process_calls = numbers(&.{ .execve, .execveat, .seccomp });
pub const hostname_calls = numbers(&.{.uname});
/// Forms of calls that programs have not used since libc 5; and those that are too new for most kernels.
pub const refused_calls = numbers(&.{
    .oldstat,     .oldlstat,      .oldfstat, .oldolduname, .olduname, .setxattrat, .getxattrat,
    .listxattrat, .removexattrat,
});
pub const getsockopt = number(.getsockopt);
pub const socket = number(.socket);
/// fchdir and close.
pub const changing = [_]u32{ number(.fchdir), number(.close) };
pub const io_uring_setup = number(.io_uring_setup);

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
    const a = [_]u64{ data.arg0, data.arg1, data.arg2, data.arg3, data.arg4, data.arg5 };
    const call = std.meta.intToEnum(Call, data.nr) catch return .native;
    const words = a[0..5].*;
    return switch (call) {
        .open => translate.open(at_cwd, a[0], word(a[1]), word(a[2])),
        .creat => translate.open(at_cwd, a[0], translate.creat_flags, word(a[1])),
        .openat => translate.open(descriptor(a[0]), a[1], word(a[2]), word(a[3])),
        .openat2 => translate.openat2(words, caller),
        .access => translate.access(at_cwd, a[0], word(a[1]), 0),
        .faccessat => translate.access(descriptor(a[0]), a[1], word(a[2]), 0),
        .faccessat2 => translate.access(descriptor(a[0]), a[1], word(a[2]), word(a[3])),
        .readlink => translate.readLink(at_cwd, a[0], a[1], a[2]),
        .readlinkat => translate.readLink(descriptor(a[0]), a[1], a[2], a[3]),
        .stat => translate.stat(at_cwd, a[0], 0, a[1], .stat32, caller),
        .lstat => translate.stat(at_cwd, a[0], no_follow, a[1], .stat32, caller),
        .fstat => translate.statDescriptor(descriptor(a[0]), a[1], .stat32),
        .stat64 => translate.stat(at_cwd, a[0], 0, a[1], .stat64, caller),
        .lstat64 => translate.stat(at_cwd, a[0], no_follow, a[1], .stat64, caller),
        .fstat64 => translate.statDescriptor(descriptor(a[0]), a[1], .stat64),
        .fstatat64 => translate.stat(descriptor(a[0]), a[1], word(a[3]), a[2], .stat64, caller),
        .statx => translate.statx(words, caller),
        .statfs => translate.statFilesystem(a[0], a[1], .statfs32),
        .fstatfs => translate.statFilesystemDescriptor(a[0], a[1], .statfs32),
        // Their second word is the structure's size.
        .statfs64 => translate.statFilesystem(a[0], a[2], .statfs64),
        .fstatfs64 => translate.statFilesystemDescriptor(a[0], a[2], .statfs64),
        .chdir => .{ .core = .{ .change_directory = .{ .path = a[0] } } },
        .getcwd => .{ .core = .{ .working_directory = .{ .buffer = a[0], .size = a[1] } } },
        .inotify_add_watch => .{ .core = .{ .watch = .{ .fd = descriptor(a[0]), .path = a[1], .mask = word(a[2]) } } },
        .execve, .execveat => .executes,
        .seccomp => translate.seccomp(a[1]),
        .uname => .{ .core = .{ .uname = .{ .buffer = a[0] } } },
        else => {
            if (try changes.arguments(call, words, caller)) |arguments| return .{ .core = arguments };
            return sockets.step(call, a, caller);
        },
    };
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

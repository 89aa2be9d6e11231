//! From a notified system call to the core's arguments.
const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;
const core = @import("core");
const message = @import("message.zig");
const messages = @import("translate_messages.zig");
const narrow = @import("narrow.zig");

const is_x86 = builtin.cpu.arch == .x86_64;
const at_cwd: i32 = linux.AT.FDCWD;
const no_follow: u32 = linux.AT.SYMLINK_NOFOLLOW;
const empty_path: u32 = linux.AT.EMPTY_PATH;
const new_listener = 1 << 3; // SECCOMP_FILTER_FLAG_NEW_LISTENER
/// creat(2) is open(2) with these.
pub const creat_flags: u32 = @bitCast(linux.O{ .CREAT = true, .TRUNC = true, .ACCMODE = .WRONLY });

/// What the door does for a call before the core sees it.
pub const Step = union(enum) {
    /// Hand it to the core at once.
    core: core.Arguments,
    /// getsockopt(SO_ERROR): the kernel's answer first.
    socket_error: struct { fd: i32, buffer: usize, length: usize },
    /// A message to an address.
    send: struct { arguments: @FieldType(core.Arguments, "send_to"), message: message.Sending },
    /// recvfrom and its like, with room for the sender.
    receive: message.Receiving,
    /// accept: the kernel's answer first, which may take long.
    accept: struct { fd: i32, address: usize, length: usize, flags: u32 },
    /// socket(2) of this family, where the filter can't look at it.
    makes_socket: u32,
    /// execve: the process will be another program.
    executes,
    /// A filter with a listener, of which the kernel allows one: it is ours.
    own_listener,
    /// Nothing of ours.
    native,
};

/// Fails only when the caller's memory can't be read; the kernel then finds the right error itself.
pub fn step(data: linux.SECCOMP.data, caller: core.Caller) core.Error!Step {
    if (is_x86 and data.arch == narrow.architecture) return narrow.step(data, caller);
    const call: linux.SYS = @enumFromInt(data.nr);
    const a = [_]u64{ data.arg0, data.arg1, data.arg2, data.arg3, data.arg4 };
    switch (call) {
        .openat => return open(descriptor(a[0]), a[1], word(a[2]), word(a[3])),
        .openat2 => return openat2(a, caller),
        .statx => return statx(a, caller),
        .faccessat => return access(descriptor(a[0]), a[1], word(a[2]), 0),
        .faccessat2 => return access(descriptor(a[0]), a[1], word(a[2]), word(a[3])),
        .readlinkat => return readLink(descriptor(a[0]), a[1], a[2], a[3]),
        .statfs => return statFilesystem(a[0], a[1], .statfs),
        .fstatfs => return statFilesystemDescriptor(a[0], a[1], .statfs),
        .chdir => return .{ .core = .{ .change_directory = .{ .path = a[0] } } },
        .getcwd => return .{ .core = .{ .working_directory = .{ .buffer = a[0], .size = a[1] } } },
        .fstat => return statDescriptor(descriptor(a[0]), a[1], .stat),
        .fstatat64 => return stat(descriptor(a[0]), a[1], word(a[3]), a[2], .stat, caller),
        .inotify_add_watch => return .{ .core = .{ .watch = .{ .fd = descriptor(a[0]), .path = a[1], .mask = word(a[2]) } } },
        .execve, .execveat => return .executes,
        .seccomp => return seccomp(a[1]),
        .uname => return .{ .core = .{ .uname = .{ .buffer = a[0] } } },
        .connect => return .{ .core = .{ .connect = .{ .fd = descriptor(a[0]), .address = a[1], .length = word(a[2]) } } },
        .bind => return .{ .core = .{ .bind = .{ .fd = descriptor(a[0]), .address = a[1], .length = word(a[2]) } } },
        .listen => return .{ .core = .{ .listen = .{ .fd = descriptor(a[0]), .backlog = descriptor(a[1]) } } },
        .accept => return accept(a[0], a[1], a[2], 0),
        .accept4 => return accept(a[0], a[1], a[2], word(a[3])),
        .getsockname => return socketName(a[0], a[1], a[2], false),
        .getpeername => return socketName(a[0], a[1], a[2], true),
        .sendto, .sendmsg, .sendmmsg, .recvfrom, .recvmsg, .recvmmsg => {
            return messages.step(call, .{ a[0], a[1], a[2], a[3], a[4], data.arg5 }, false, caller);
        },
        .getsockopt => return .{ .socket_error = .{ .fd = descriptor(a[0]), .buffer = a[3], .length = a[4] } },
        else => {
            if (try core.changes.arguments(call, a, caller)) |arguments| return .{ .core = arguments };
            return if (is_x86) oldCall(call, a, caller) else .native;
        },
    }
}

/// The calls that count in processes that are otherwise left alone, too.
pub fn isExec(data: linux.SECCOMP.data) bool {
    if (is_x86 and data.arch == narrow.architecture) return narrow.isExec(data.nr);
    const call: linux.SYS = @enumFromInt(data.nr);
    return call == .execve or call == .execveat;
}

/// Calls that only x86_64's table has.
fn oldCall(call: linux.SYS, a: [5]u64, caller: core.Caller) core.Error!Step {
    return switch (call) {
        .open => open(at_cwd, a[0], word(a[1]), word(a[2])),
        .creat => open(at_cwd, a[0], creat_flags, word(a[1])),
        .stat => stat(at_cwd, a[0], 0, a[1], .stat, caller),
        .lstat => stat(at_cwd, a[0], no_follow, a[1], .stat, caller),
        .access => access(at_cwd, a[0], word(a[1]), 0),
        .readlink => readLink(at_cwd, a[0], a[1], a[2]),
        else => .native,
    };
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

/// openat2(directory, path, how, size).
pub fn openat2(a: [5]u64, caller: core.Caller) core.Error!Step {
    if (a[3] < @sizeOf(core.OpenHow)) return .native;
    const how = try caller.load(core.OpenHow, a[2]);
    if (!how.isSound()) return .native;
    return .{ .core = .{ .open = .{
        .directory = descriptor(a[0]),
        .path = a[1],
        .flags = word(how.flags),
        .mode = word(how.mode),
        .restricted = how.isRestricted(),
    } } };
}

pub fn open(directory: i32, path: usize, flags: u32, mode: u32) Step {
    return .{ .core = .{ .open = .{ .directory = directory, .path = path, .flags = flags, .mode = mode } } };
}

pub fn access(directory: i32, path: usize, mode: u32, flags: u32) Step {
    return .{ .core = .{ .access = .{ .directory = directory, .path = path, .mode = mode, .flags = flags } } };
}

pub fn readLink(directory: i32, path: usize, buffer: usize, size: usize) Step {
    return .{ .core = .{ .read_link = .{ .directory = directory, .path = path, .buffer = buffer, .size = size } } };
}

pub fn statFilesystem(path: usize, buffer: usize, layout: core.FilesystemLayout) Step {
    return .{ .core = .{ .stat_filesystem = .{ .path = path, .buffer = buffer, .layout = layout } } };
}

pub fn statFilesystemDescriptor(fd: u64, buffer: usize, layout: core.FilesystemLayout) Step {
    return .{ .core = .{ .stat_filesystem_descriptor = .{ .fd = descriptor(fd), .buffer = buffer, .layout = layout } } };
}

pub fn seccomp(flags: u64) Step {
    return if (flags & new_listener != 0) .own_listener else .native;
}

pub fn accept(fd: u64, address: usize, length: usize, flags: u32) Step {
    return .{ .accept = .{ .fd = descriptor(fd), .address = address, .length = length, .flags = flags } };
}

pub fn socketName(fd: u64, address: usize, length: usize, peer: bool) Step {
    return .{ .core = .{ .socket_name = .{ .fd = descriptor(fd), .address = address, .length = length, .peer = peer } } };
}

pub fn stat(
    directory: i32,
    path: usize,
    flags: u32,
    buffer: usize,
    layout: core.StatLayout,
    caller: core.Caller,
) core.Error!Step {
    if (flags & empty_path != 0 and directory != at_cwd and try isEmpty(path, caller)) {
        return statDescriptor(directory, buffer, layout);
    }
    return .{ .core = .{ .stat = .{
        .directory = directory,
        .path = path,
        .flags = flags,
        .buffer = buffer,
        .layout = layout,
    } } };
}

/// statx(directory, path, flags, mask, buffer).
pub fn statx(a: [5]u64, caller: core.Caller) core.Error!Step {
    return stat(descriptor(a[0]), a[1], word(a[2]), a[4], .statx, caller);
}

pub fn statDescriptor(fd: i32, buffer: usize, layout: core.StatLayout) Step {
    return .{ .core = .{ .stat_descriptor = .{ .fd = fd, .buffer = buffer, .layout = layout } } };
}

fn isEmpty(path: usize, caller: core.Caller) core.Error!bool {
    return path == 0 or try caller.load(u8, path) == 0;
}

//! open(2) of a remote file: the program gets a real descriptor. A regular file's content lies in memory of the proxy's;
//! the proxy opens it with the access mode that was asked for, and hands the open file over with its reply. A directory is
//! the proxy's shadow of it, opened as it stands.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const reply = @import("reply.zig");
const system = @import("system.zig");

const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;
const O = system.O;

/// Flags of the program that hold for the descriptor of a directory, as far as its shadow knows them.
const kept_flags = O.ACCMODE | O.APPEND | O.NONBLOCK | O.CLOEXEC | O.PATH;

/// A supervisor can't give a descriptor of O_PATH away: the program can do more with what it gets.
fn keptFlags(call: *const Call, flags: u32) u32 {
    return flags & (if (call.session.door == .supervisor) kept_flags & ~O.PATH else kept_flags);
}

pub fn request(call: *Call, at: protocol.Location, flags: u32, mode: u32) Error!Outcome {
    const creates = flags & O.CREAT != 0 or flags & O.TMPFILE == O.TMPFILE;
    // Without O_CREAT the register holds whatever was in it.
    const masked = if (creates) mode & 0o7777 & ~call.caller.umask() else 0;
    return ask(call, at, flags, masked);
}

/// `how`: O_PATH if its entries don't matter.
pub fn requestDirectory(call: *Call, at: protocol.Location, how: u32) Error!Outcome {
    return ask(call, at, O.RDONLY | O.DIRECTORY | O.CLOEXEC | how, 0);
}

fn ask(call: *Call, at: protocol.Location, flags: u32, mode: u32) Error!Outcome {
    call.state = .opening;
    return reply.ask(call, .{ .open_file = .{ .at = at, .flags = flags, .mode = mode } });
}

/// OpenReply has come.
pub fn opened(call: *Call, bytes: []const u8) Error!Outcome {
    call.state = .waiting;
    const answer = reply.decode(protocol.OpenReply, bytes) catch return call.fail(.IO);
    return switch (answer) {
        .failed => |failed| if (try isOnlyHere(call, failed.errno)) .local else reply.failed(call, failed.errno),
        .directory => |directory| openShadow(call, directory.shadow_path),
        .descriptor => take(call),
    };
}

/// Whether a directory that is to be entered is not at the target, but on this machine.
fn isOnlyHere(call: *Call, errno: i32) Error!bool {
    const is_missing = errno == @intFromEnum(linux.E.NOENT) or errno == @intFromEnum(linux.E.NOTDIR);
    if (call.arguments != .change_directory or !is_missing) return false;
    const path = call.path orelse try call.caller.string(call.arguments.change_directory.path);
    var stat: linux.Stat = undefined;
    return system.fstatat(system.AT_FDCWD, path, &stat, 0) == 0 and linux.S.ISDIR(stat.mode);
}

/// What came with the reply is the program's.
fn take(call: *Call) Outcome {
    const fd = call.attached;
    // The kernel drops what there is no number for.
    if (fd < 0) return call.fail(.MFILE);
    if (call.arguments != .open) return call.fail(.NOTDIR);
    const flags = call.arguments.open.flags;
    if (flags & O.PATH != 0 and call.session.door == .supervisor) return give(call, openAgain(fd, keptFlags(call, flags)), flags);
    call.attached = -1;
    return give(call, fd, flags);
}

fn openAgain(fd: i32, flags: u32) isize {
    var link: [48]u8 = undefined;
    const path = std.fmt.bufPrintZ(&link, "/proc/thread-self/fd/{d}", .{fd}) catch unreachable;
    return system.openat(system.AT_FDCWD, path, flags, 0);
}

fn openShadow(call: *Call, shadow: []const u8) Error!Outcome {
    const kept = try call.pathRoom();
    if (shadow.len >= kept.len) return call.fail(.NAMETOOLONG);
    @memcpy(kept[0..shadow.len], shadow);
    kept[shadow.len] = 0;
    const path = kept[0..shadow.len :0];
    // The process is about to stand in it, or may do so with the descriptor that it gets.
    call.session.may_stand_in_target = true;
    const flags = switch (call.arguments) {
        .open => |open| open.flags,
        else => {
            call.path = path;
            return .local;
        },
    };
    const fd = system.openat(system.AT_FDCWD, path, keptFlags(call, flags) | O.DIRECTORY, 0);
    return give(call, fd, flags);
}

fn give(call: *Call, fd: isize, flags: u32) Outcome {
    if (fd < 0) return call.answer(fd);
    call.descriptor = @intCast(fd);
    call.close_on_exec = flags & O.CLOEXEC != 0;
    return .descriptor;
}

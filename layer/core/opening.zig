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

pub fn request(call: *Call, at: protocol.Location, flags: u32, mode: u32) Error!Outcome {
    const creates = flags & O.CREAT != 0 or flags & O.TMPFILE == O.TMPFILE;
    // Without O_CREAT the register holds whatever was in it.
    const masked = if (creates) mode & 0o7777 & ~call.caller.umask() else 0;
    return ask(call, at, flags, masked);
}

pub fn requestDirectory(call: *Call, at: protocol.Location) Error!Outcome {
    return ask(call, at, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
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
        .failed => |failed| reply.failed(call, failed.errno),
        .directory => |directory| openShadow(call, directory.shadow_path),
        .descriptor => take(call),
    };
}

/// What came with the reply is the program's.
fn take(call: *Call) Outcome {
    const fd = call.attached;
    // The kernel drops what there is no number for.
    if (fd < 0) return call.fail(.MFILE);
    if (call.arguments != .open) return call.fail(.NOTDIR);
    call.attached = -1;
    return give(call, fd, call.arguments.open.flags);
}

fn openShadow(call: *Call, shadow: []const u8) Error!Outcome {
    const kept = try call.pathRoom();
    if (shadow.len >= kept.len) return call.fail(.NAMETOOLONG);
    @memcpy(kept[0..shadow.len], shadow);
    kept[shadow.len] = 0;
    const path = kept[0..shadow.len :0];
    const flags = switch (call.arguments) {
        .open => |open| open.flags,
        else => {
            if (call.arguments == .change_directory) call.session.may_stand_in_target = true;
            call.path = path;
            return .local;
        },
    };
    const fd = system.openat(system.AT_FDCWD, path, flags & (kept_flags | O.DIRECTORY), 0);
    return give(call, fd, flags);
}

fn give(call: *Call, fd: isize, flags: u32) Outcome {
    if (fd < 0) return call.answer(fd);
    call.descriptor = @intCast(fd);
    call.close_on_exec = flags & O.CLOEXEC != 0;
    return .descriptor;
}

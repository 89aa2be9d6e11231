//! Where a file that a call names lies: here, at the target, or nowhere.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const reply = @import("reply.zig");
const system = @import("system.zig");

const Call = calls.Call;
const Error = calls.Error;

pub const Where = union(enum) { local, remote: protocol.Location, not_found };

/// `ask`: the proxy decides about this path.
pub const Finding = union(enum) { found: Where, ask: [:0]const u8 };

/// `write`: whether the call changes what it names.
pub fn find(call: *Call, place: calls.Place, write: bool) Error!Finding {
    const path: [:0]const u8 = if (place.path == 0) "" else try call.caller.string(place.path);
    if (path.len == 0) {
        const is_descriptor = place.path == 0 or place.flags & linux.AT.EMPTY_PATH != 0;
        if (!is_descriptor or place.directory < 0) return .{ .found = .local };
        return .{ .found = try relative(call, place.directory, "") };
    }
    if (path[0] != '/') return .{ .found = try relative(call, place.directory, path) };
    return switch (call.session.decide(path, write)) {
        .local => .{ .found = .local },
        .not_found => .{ .found = .not_found },
        .remote => .{ .found = .{ .remote = .{ .directory = null, .path = path } } },
        .ask => .{ .ask = path },
    };
}

/// Relative to a remote directory, or that directory itself.
fn relative(call: *Call, directory: i32, path: [:0]const u8) Error!Where {
    const identity = try standIn(call, directory) orelse return .local;
    return .{ .remote = .{ .directory = identity, .path = path } };
}

/// The identity behind a descriptor (or the working directory) that stands for a remote file; null if it is local.
pub fn standIn(call: *Call, fd: i32) Error!?protocol.FileIdentity {
    if (fd == system.AT_FDCWD) return workingDirectory(call);
    const borrowed = try call.caller.borrow(fd);
    defer call.caller.release(borrowed);
    return identityOf(call, borrowed);
}

fn workingDirectory(call: *Call) Error!?protocol.FileIdentity {
    if (!call.session.may_stand_in_target) return null;
    const opened = try call.caller.workingDirectory();
    defer system.close(opened);
    return identityOf(call, opened);
}

fn identityOf(call: *Call, fd: i32) ?protocol.FileIdentity {
    var stat: linux.Stat = undefined;
    if (system.fstat(fd, &stat) < 0 or !call.session.isStandIn(&stat)) return null;
    return .{ .device = stat.dev, .inode = stat.ino };
}

/// What the proxy has decided. `mapped`: the path that replaces the caller's, in `room`.
pub const Decided = struct { where: Where, mapped: ?[:0]const u8 };

/// Null if the mapped path is too long.
pub fn decided(bytes: []const u8, asked: [:0]const u8, room: *[calls.path_limit]u8) Error!?Decided {
    const decision = reply.decode(protocol.DecisionReply, bytes) catch return error.Gone;
    const mapped: ?[:0]const u8 = if (decision.mapped) |mapped| kept: {
        if (mapped.len >= room.len) return null;
        @memcpy(room[0..mapped.len], mapped);
        room[mapped.len] = 0;
        break :kept room[0..mapped.len :0];
    } else null;
    const where: Where = switch (decision.verdict) {
        0 => .local,
        1 => .{ .remote = .{ .directory = null, .path = mapped orelse asked } },
        else => .not_found,
    };
    return .{ .where = where, .mapped = mapped };
}

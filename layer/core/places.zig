//! Where a file that a call names lies: here, at the target, or nowhere.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const directories = @import("directories.zig");
const reply = @import("reply.zig");
const system = @import("system.zig");

const Call = calls.Call;
const Error = calls.Error;

pub const Where = union(enum) { local, remote: protocol.Location, not_found };

/// `ask`: the proxy decides about this path.
pub const Finding = union(enum) { found: Where, ask: [:0]const u8 };

/// `which`: whether it is the first or the second path of the call. `write`: whether the call changes what it names.
pub fn find(call: *Call, place: calls.Place, which: directories.Which, write: bool) Error!Finding {
    const named: [:0]const u8 = if (place.path == 0) "" else try call.caller.string(place.path);
    const is_open = named.len == 0 and (place.path == 0 or place.flags & linux.AT.EMPTY_PATH != 0);
    if (is_open and place.directory != system.AT_FDCWD) return .{ .found = try openFile(call, place.directory) };
    if (named.len == 0 and !is_open) return .{ .found = .local };
    const given = if (is_open) "." else named;
    const path = try directories.absolute(call, place.directory, given, which, write) orelse given;
    if (path[0] != '/') return .{ .found = .local };
    return switch (call.session.decide(path, write)) {
        .local => .{ .found = .local },
        .not_found => .{ .found = .not_found },
        .remote => .{ .found = .{ .remote = .{ .directory = null, .path = path } } },
        .ask => .{ .ask = path },
    };
}

fn openFile(call: *Call, fd: i32) Error!Where {
    const identity = try standIn(call, fd) orelse return .local;
    return .{ .remote = .{ .directory = identity, .path = "" } };
}

/// The identity behind a descriptor that stands for a remote file or directory; null if it is local.
pub fn standIn(call: *Call, fd: i32) Error!?protocol.FileIdentity {
    if (fd < 0) return null;
    const borrowed = try call.caller.borrow(fd);
    defer call.caller.release(borrowed);
    var stat: linux.Stat = undefined;
    if (system.fstat(borrowed, &stat) < 0 or !call.session.isStandIn(&stat)) return null;
    return .{ .device = stat.dev, .inode = stat.ino };
}

/// As `standIn`, for a file that the descriptor can write to.
pub fn writable(call: *Call, fd: i32) Error!?protocol.FileIdentity {
    const borrowed = try call.caller.borrow(fd);
    defer call.caller.release(borrowed);
    return if (system.mayWrite(borrowed)) try standIn(call, fd) else null;
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

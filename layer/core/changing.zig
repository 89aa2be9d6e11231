//! Calls that change files, and those about extended attributes: where their one or two paths go, and what is asked.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const directories = @import("directories.zig");
const places = @import("places.zig");
const reply = @import("reply.zig");
const system = @import("system.zig");

const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;
const Place = calls.Place;

/// Where the paths go that were looked at so far; the proxy is asked about the next one.
pub const Resolving = struct { found: [2]places.Where, count: u8, asking: [:0]const u8 = "" };

/// Whether a call is answered here.
pub fn concerns(arguments: calls.Arguments) bool {
    return switch (arguments) {
        .rename, .link => true,
        inline else => |a| @TypeOf(a) != void and @hasField(@TypeOf(a), "at"),
    };
}

/// The one or two files that a call names.
pub fn placesOf(arguments: calls.Arguments) [2]?Place {
    return .{ firstPlace(arguments), secondPlace(arguments) };
}

fn firstPlace(arguments: calls.Arguments) Place {
    return switch (arguments) {
        .rename => |a| a.from,
        .link => |a| a.from,
        inline else => |a| if (comptime @hasField(@TypeOf(a), "at")) a.at else unreachable,
    };
}

fn secondPlace(arguments: calls.Arguments) ?Place {
    return switch (arguments) {
        .rename => |a| a.to,
        .link => |a| a.to,
        else => null,
    };
}

/// Whether the call changes what it names: reading attributes goes where reading goes.
fn changes(arguments: calls.Arguments) bool {
    return arguments != .get_attribute and arguments != .list_attributes;
}

pub fn start(call: *Call) Error!Outcome {
    return resolve(call, .{ .found = undefined, .count = 0 });
}

fn resolve(call: *Call, known: Resolving) Error!Outcome {
    var resolving = known;
    const first = firstPlace(call.arguments);
    const second = secondPlace(call.arguments);
    const wanted: u8 = if (second == null) 1 else 2;
    while (resolving.count < wanted) : (resolving.count += 1) {
        const place = if (resolving.count == 0) first else second.?;
        const which: directories.Which = if (resolving.count == 0) .first else .second;
        switch (try places.find(call, place, which, changes(call.arguments))) {
            .found => |where| resolving.found[resolving.count] = where,
            .ask => |path| {
                resolving.asking = path;
                call.state = .{ .resolving = resolving };
                const own = call.session.isOwn(path);
                return reply.ask(call, .{ .decide_path = .{ .path = path, .write = changes(call.arguments), .own = own } });
            },
        }
    }
    return act(call, resolving.found[0..wanted]);
}

/// The proxy has decided about a path.
pub fn decided(call: *Call, bytes: []const u8) Error!Outcome {
    var resolving = call.state.resolving;
    const is_first = resolving.count == 0;
    const room = try call.roomOf(if (is_first) .first else .second);
    const decision = try places.decided(bytes, resolving.asking, room) orelse return call.fail(.NAMETOOLONG);
    if (decision.mapped) |mapped| if (is_first) {
        call.path = mapped;
    } else {
        call.second_path = mapped;
    };
    resolving.found[resolving.count] = decision.where;
    resolving.count += 1;
    return resolve(call, resolving);
}

/// Both names of a file lie on one side: between the target and this machine there is a border of file systems.
fn act(call: *Call, found: []const places.Where) Error!Outcome {
    var remote: usize = 0;
    for (found) |where| switch (where) {
        .not_found => return call.fail(.NOENT),
        .remote => remote += 1,
        .local => {},
    };
    if (remote == 0) return .local;
    if (remote < found.len) return call.fail(if (try directories.isNowhere(call)) .NOENT else .XDEV);
    call.state = .waiting;
    call.by_identity = found[0].remote.directory != null;
    return request(call, found[0].remote, if (found.len > 1) found[1].remote else undefined);
}

fn request(call: *Call, at: protocol.Location, to: protocol.Location) Error!Outcome {
    const follow = firstPlace(call.arguments).flags & linux.AT.SYMLINK_NOFOLLOW == 0;
    const change: protocol.Change = switch (call.arguments) {
        .make_directory => |a| .{ .make_directory = .{ .mode = masked(call, a.mode) } },
        .remove => |a| if (a.at.flags & linux.AT.REMOVEDIR != 0) .remove_directory else .unlink,
        .rename => |a| .{ .rename = .{ .to = to, .flags = a.flags } },
        .link => |a| .{ .link = .{ .to = to, .follow_links = a.from.flags & linux.AT.SYMLINK_FOLLOW != 0 } },
        .symlink => |a| .{ .symlink = .{ .text = try call.caller.string(a.text) } },
        .make_node => |a| .{ .make_node = .{ .mode = masked(call, a.mode), .device = a.device } },
        .truncate => |a| .{ .truncate = .{ .size = a.size } },
        .change_mode => |a| .{ .change_mode = .{ .mode = a.mode, .follow_links = follow } },
        .change_owner => |a| .{ .change_owner = .{ .uid = a.uid, .gid = a.gid, .follow_links = follow } },
        .set_times => |a| .{ .set_times = .{
            .accessed = timestamp(a.times, 0),
            .modified = timestamp(a.times, 1),
            .follow_links = follow,
        } },
        .get_attribute => |a| return reply.ask(call, .{
            .get_attribute = .{ .at = at, .name = try call.caller.string(a.name), .follow_links = follow },
        }),
        .list_attributes => return reply.ask(call, .{ .list_attributes = .{ .at = at, .follow_links = follow } }),
        .set_attribute => |a| .{ .set_attribute = .{
            .name = try call.caller.string(a.name),
            .value = try attributeValue(call, a.value, a.size) orelse return call.fail(.@"2BIG"),
            .flags = a.flags,
            .follow_links = follow,
        } },
        .remove_attribute => |a| .{
            .remove_attribute = .{ .name = try call.caller.string(a.name), .follow_links = follow },
        },
        else => unreachable,
    };
    return reply.ask(call, .{ .change = .{ .at = at, .change = change } });
}

fn masked(call: *Call, mode: u32) u32 {
    return mode & ~call.caller.umask();
}

fn timestamp(times: ?[2]linux.timespec, index: usize) protocol.Timestamp {
    const now = 0x3fff_ffff;
    const given = times orelse return .{ .seconds = 0, .nanoseconds = now };
    return .{ .seconds = given[index].sec, .nanoseconds = @truncate(@as(u64, @bitCast(given[index].nsec))) };
}

/// The value, behind the room that the request is encoded in; null if it is longer than any may be.
fn attributeValue(call: *Call, at: usize, size: usize) Error!?[]const u8 {
    if (size > calls.attribute_limit) return null;
    const room = try call.requestRoom();
    const value = room[room.len - size ..];
    try call.caller.read(at, value);
    return value;
}

/// The reply to a request of this file.
pub fn finish(call: *Call, bytes: []const u8) Error!Outcome {
    switch (call.arguments) {
        .get_attribute => |a| return finishAttribute(call, bytes, a.buffer, a.size),
        .list_attributes => |a| return finishAttribute(call, bytes, a.buffer, a.size),
        else => {
            const answer = reply.decode(protocol.ErrnoReply, bytes) catch return call.fail(.IO);
            return if (answer.errno == 0) call.answer(0) else reply.failed(call, answer.errno);
        },
    }
}

fn finishAttribute(call: *Call, bytes: []const u8, buffer: usize, size: usize) Error!Outcome {
    const value = switch (reply.decode(protocol.AttributeReply, bytes) catch return call.fail(.IO)) {
        .ok => |ok| ok.value,
        .failed => |failed| return reply.failed(call, failed.errno),
    };
    if (size == 0) return call.answer(@intCast(value.len));
    if (value.len > size) return call.fail(.RANGE);
    try call.caller.write(buffer, value);
    return call.answer(@intCast(value.len));
}

test "times that are not given are now" {
    try std.testing.expectEqual(@as(u32, 0x3fff_ffff), timestamp(null, 1).nanoseconds);
    const times = [2]linux.timespec{ .{ .sec = 1, .nsec = 2 }, .{ .sec = -3, .nsec = 0x3fff_fffe } };
    try std.testing.expectEqual(protocol.Timestamp{ .seconds = -3, .nanoseconds = 0x3fff_fffe }, timestamp(times, 1));
}

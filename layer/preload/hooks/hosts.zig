//! gethostbyname(3), gethostbyaddr(3) and their re-entrant forms.

const std = @import("std");
const protocol = @import("protocol");
const core = @import("core");
const native = @import("../native.zig");
const Question = @import("../question.zig").Question;
const resolving = @import("resolving.zig");
const state = @import("../state.zig");

const Text = ?[*:0]const u8;
const ByName = *const fn (Text) callconv(.c) ?*Host;
const ByName2 = *const fn (Text, c_int) callconv(.c) ?*Host;
const ByNameR = *const fn (Text, *Host, [*]u8, usize, *?*Host, ?*c_int) callconv(.c) c_int;
const ByName2R = *const fn (Text, c_int, *Host, [*]u8, usize, *?*Host, ?*c_int) callconv(.c) c_int;
const ByAddress = *const fn (?[*]const u8, u32, c_int) callconv(.c) ?*Host;
const ByAddressR = *const fn (?[*]const u8, u32, c_int, *Host, [*]u8, usize, *?*Host, ?*c_int) callconv(.c) c_int;

/// `struct hostent`.
const Host = extern struct {
    name: ?[*:0]const u8,
    aliases: [*:null]?[*:0]const u8,
    family: c_int,
    length: c_int,
    addresses: [*:null]?[*]const u8,
};

/// Numbers of `h_errno`; `range` stands for "the buffer is too small".
/// `local`: this machine is to be asked.
const Failure = enum(c_int) { not_found = 1, again = 2, no_recovery = 3, no_data = 4, range = -1, local = -2 };

fn failureOf(code: i32) Failure {
    return switch (code) {
        -2 => .not_found,
        -3 => .again,
        -5 => .no_data,
        else => .no_recovery,
    };
}

/// The C library's static result, shared by all callers as in the original.
var static_host: Host = undefined;
var static_buffer: [8192]u8 align(8) = undefined;

/// Cuts pieces from the caller's buffer.
const Room = struct {
    left: []u8,

    fn array(self: *Room, comptime T: type, count: usize) error{NoRoom}![]T {
        const skipped = std.mem.alignForward(usize, @intFromPtr(self.left.ptr), @alignOf(T)) - @intFromPtr(self.left.ptr);
        const size = skipped + count * @sizeOf(T);
        if (size > self.left.len) return error.NoRoom;
        const piece: [*]T = @ptrCast(@alignCast(self.left.ptr + skipped));
        self.left = self.left[size..];
        return piece[0..count];
    }

    fn text(self: *Room, source: []const u8) error{NoRoom}![*:0]const u8 {
        const copy = try self.array(u8, source.len + 1);
        @memcpy(copy[0..source.len], source);
        copy[source.len] = 0;
        return @ptrCast(copy.ptr);
    }
};

const most_addresses = 48;

/// Fills `host`, with all that it points to in `buffer`.
fn fill(
    host: *Host,
    buffer: []u8,
    name: []const u8,
    family: c_int,
    addresses: []const []const u8,
) error{NoRoom}!void {
    var room = Room{ .left = buffer };
    const aliases = try room.array(?[*:0]const u8, 1);
    aliases[0] = null;
    const list = try room.array(?[*]const u8, addresses.len + 1);
    for (addresses, list[0..addresses.len]) |address, *slot| {
        const copy = try room.array(u8, address.len);
        @memcpy(copy, address);
        slot.* = copy.ptr;
    }
    list[addresses.len] = null;
    host.* = .{
        .name = try room.text(name),
        .aliases = @ptrCast(aliases.ptr),
        .family = family,
        .length = if (family == core.address.family_v6) 16 else 4,
        .addresses = @ptrCast(list.ptr),
    };
}

/// Asks the target for a name; null if all went well.
fn askName(name: []const u8, family: c_int, host: *Host, buffer: []u8) ?Failure {
    var question = Question.begin() orelse return .again;
    defer question.end();
    const reply = question.ask(.{ .resolve = .{
        .name = name,
        .service = "",
        .family = @intCast(family),
        .socket_type = 0,
        .protocol = 0,
        .flags = 0,
    } }, protocol.ResolveReply) orelse return .again;
    if (reply.is_local) return .local;
    if (reply.code != 0) return failureOf(reply.code);
    const length: usize = if (family == core.address.family_v6) 16 else 4;
    var addresses: [most_addresses][]const u8 = undefined;
    var count: usize = 0;
    var items = reply.addresses.iterator();
    while (items.next()) |bytes| {
        if (bytes.len != length or count == addresses.len) continue;
        addresses[count] = bytes;
        count += 1;
    }
    if (count == 0) return .no_data;
    const canonical = if (reply.canonical_name.len != 0) reply.canonical_name else name;
    fill(host, buffer, canonical, family, addresses[0..count]) catch return .range;
    return null;
}

fn askAddress(address: []const u8, family: c_int, host: *Host, buffer: []u8) ?Failure {
    var question = Question.begin() orelse return .again;
    defer question.end();
    const reply = question.ask(.{ .reverse_resolve = .{ .address = address } }, protocol.ReverseReply) orelse
        return .again;
    if (reply.code != 0) return failureOf(reply.code);
    fill(host, buffer, reply.name, family, &.{address}) catch return .range;
    return null;
}

/// A name to be asked for, in a family that is known. Numbers are libc's.
fn remoteName(name: Text, family: c_int) ?[]const u8 {
    const text = resolving.remoteName(name) orelse return null;
    if (std.ascii.isDigit(text[0]) and std.mem.indexOfNone(u8, text, "0123456789abcdefABCDEFxX.") == null) return null;
    return if (family == core.address.family_v4 or family == core.address.family_v6) text else null;
}

fn remoteAddress(address: ?[*]const u8, length: u32, family: c_int) ?[]const u8 {
    if (!state.isActive() or !state.session.config.dns_enabled) return null;
    const expected: u32 = switch (family) {
        core.address.family_v4 => 4,
        core.address.family_v6 => 16,
        else => return null,
    };
    return if (length == expected) (address orelse return null)[0..length] else null;
}

/// What the forms with a static result give.
fn giveStatic(failure: ?Failure) ?*Host {
    const failed = failure orelse return &static_host;
    const location = native.find("__h_errno_location", *const fn () callconv(.c) *c_int) orelse return null;
    location().* = if (failed == .range) @intFromEnum(Failure.no_recovery) else @intFromEnum(failed);
    return null;
}

/// What the re-entrant forms give: 0 also for a name that is not there.
fn giveReentrant(failure: ?Failure, host: *Host, result: *?*Host, reason: ?*c_int) c_int {
    result.* = if (failure == null) host else null;
    const failed = failure orelse return 0;
    const internal = -1;
    if (reason) |place| place.* = if (failed == .range) internal else @intFromEnum(failed);
    const E = std.os.linux.E;
    return @intFromEnum(switch (failed) {
        .range => E.RANGE,
        .again => E.AGAIN,
        .no_recovery => E.BADMSG,
        .not_found, .no_data, .local => E.SUCCESS,
    });
}

fn gethostbyname(name: Text) callconv(.c) ?*Host {
    const text = remoteName(name, core.address.family_v4) orelse return native.call("gethostbyname", ByName, .{name});
    const failure = askName(text, core.address.family_v4, &static_host, &static_buffer);
    return if (failure == .local) native.call("gethostbyname", ByName, .{name}) else giveStatic(failure);
}

fn gethostbyname2(name: Text, family: c_int) callconv(.c) ?*Host {
    const text = remoteName(name, family) orelse return native.call("gethostbyname2", ByName2, .{ name, family });
    const failure = askName(text, family, &static_host, &static_buffer);
    return if (failure == .local) native.call("gethostbyname2", ByName2, .{ name, family }) else giveStatic(failure);
}

fn gethostbynameR(name: Text, host: *Host, buffer: [*]u8, size: usize, result: *?*Host, reason: ?*c_int) callconv(.c) c_int {
    const text = remoteName(name, core.address.family_v4) orelse
        return native.call("gethostbyname_r", ByNameR, .{ name, host, buffer, size, result, reason });
    const failure = askName(text, core.address.family_v4, host, buffer[0..size]);
    if (failure == .local) return native.call("gethostbyname_r", ByNameR, .{ name, host, buffer, size, result, reason });
    return giveReentrant(failure, host, result, reason);
}

fn gethostbyname2R(
    name: Text,
    family: c_int,
    host: *Host,
    buffer: [*]u8,
    size: usize,
    result: *?*Host,
    reason: ?*c_int,
) callconv(.c) c_int {
    const text = remoteName(name, family) orelse
        return native.call("gethostbyname2_r", ByName2R, .{ name, family, host, buffer, size, result, reason });
    const failure = askName(text, family, host, buffer[0..size]);
    if (failure == .local) return native.call("gethostbyname2_r", ByName2R, .{ name, family, host, buffer, size, result, reason });
    return giveReentrant(failure, host, result, reason);
}

fn gethostbyaddr(address: ?[*]const u8, length: u32, family: c_int) callconv(.c) ?*Host {
    const bytes = remoteAddress(address, length, family) orelse
        return native.call("gethostbyaddr", ByAddress, .{ address, length, family });
    return giveStatic(askAddress(bytes, family, &static_host, &static_buffer));
}

fn gethostbyaddrR(
    address: ?[*]const u8,
    length: u32,
    family: c_int,
    host: *Host,
    buffer: [*]u8,
    size: usize,
    result: *?*Host,
    reason: ?*c_int,
) callconv(.c) c_int {
    const bytes = remoteAddress(address, length, family) orelse
        return native.call("gethostbyaddr_r", ByAddressR, .{ address, length, family, host, buffer, size, result, reason });
    return giveReentrant(askAddress(bytes, family, host, buffer[0..size]), host, result, reason);
}

comptime {
    @export(&gethostbyname, .{ .name = "gethostbyname" });
    @export(&gethostbyname2, .{ .name = "gethostbyname2" });
    @export(&gethostbynameR, .{ .name = "gethostbyname_r" });
    @export(&gethostbyname2R, .{ .name = "gethostbyname2_r" });
    @export(&gethostbyaddr, .{ .name = "gethostbyaddr" });
    @export(&gethostbyaddrR, .{ .name = "gethostbyaddr_r" });
}

test "a host entry fits its buffer, or says that it doesn't" {
    var host: Host = undefined;
    var buffer: [128]u8 = undefined;
    const addresses = [_][]const u8{ &.{ 10, 0, 0, 1 }, &.{ 10, 0, 0, 2 } };
    for (0..128) |size| {
        const filled = fill(&host, buffer[1..][0..@min(size, 127)], "db", core.address.family_v4, &addresses);
        if (size < 40) try std.testing.expectError(error.NoRoom, filled);
        if (size > 64) try filled;
    }
    try std.testing.expectEqualStrings("db", std.mem.span(host.name.?));
    try std.testing.expectEqual(@as(u8, 2), host.addresses[1].?[3]);
    try std.testing.expect(host.addresses[2] == null and host.aliases[0] == null);
}

//! res_query(3), res_search(3), res_send(3) and their forms with a state: questions for any kind of record (SRV, TXT, MX),
//! answered with the bytes of the response from the target's name servers.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const native = @import("../native.zig");
const Question = @import("../question.zig").Question;
const state = @import("../state.zig");

const Text = ?[*:0]const u8;
const Bytes = ?[*]u8;
const State = ?*anyopaque;
const Query = *const fn (Text, c_int, c_int, Bytes, c_int) callconv(.c) c_int;
const QueryIn = *const fn (State, Text, c_int, c_int, Bytes, c_int) callconv(.c) c_int;
const QueryDomain = *const fn (Text, Text, c_int, c_int, Bytes, c_int) callconv(.c) c_int;
const QueryDomainIn = *const fn (State, Text, Text, c_int, c_int, Bytes, c_int) callconv(.c) c_int;
const Send = *const fn (?[*]const u8, c_int, Bytes, c_int) callconv(.c) c_int;
const SendIn = *const fn (State, ?[*]const u8, c_int, Bytes, c_int) callconv(.c) c_int;

const header_size = 12;
const name_limit = 253;
const query_limit = 4096;

/// Numbers of `h_errno`.
const Failure = enum(c_int) { not_found = 1, again = 2, no_recovery = 3, no_data = 4 };

fn isAsked() bool {
    return state.isActive() and state.session.config.dns_enabled;
}

/// A query of one question. Null for a name that can't be asked for.
fn encode(room: *[512]u8, name: []const u8, class: c_int, kind: c_int) ?[]const u8 {
    const plain = if (std.mem.endsWith(u8, name, ".")) name[0 .. name.len - 1] else name;
    if (plain.len > name_limit) return null;
    room[0..header_size].* = .{ 0x6d, 0x64, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
    var at: usize = header_size;
    var labels = std.mem.splitScalar(u8, plain, '.');
    while (labels.next()) |label| {
        if (plain.len == 0) break;
        if (label.len == 0 or label.len > 63) return null;
        room[at] = @intCast(label.len);
        @memcpy(room[at + 1 ..][0..label.len], label);
        at += 1 + label.len;
    }
    room[at] = 0;
    std.mem.writeInt(u16, room[at + 1 ..][0..2], @truncate(@as(c_uint, @bitCast(kind))), .big);
    std.mem.writeInt(u16, room[at + 3 ..][0..2], @truncate(@as(c_uint, @bitCast(class))), .big);
    return room[0 .. at + 5];
}

const Answer = union(enum) {
    /// This machine is to be asked.
    local,
    length: c_int,
    failed: Failure,
};

/// `raw`: any response counts, also one that says that there is nothing.
fn ask(query: []const u8, options: struct { search: bool, raw: bool }, into: Bytes, size: c_int) Answer {
    var question = Question.begin() orelse return .{ .failed = .again };
    defer question.end();
    const request: protocol.Request = .{ .dns_query = .{ .query = query, .search = options.search } };
    const reply = question.ask(request, protocol.DnsReply) orelse return .{ .failed = .again };
    if (reply.is_local) return .local;
    if (reply.code != 0 or reply.answer.len < header_size) return .{ .failed = .again };
    const room = (into orelse return .{ .failed = .no_recovery })[0..@intCast(@max(0, size))];
    const length = @min(room.len, reply.answer.len);
    @memcpy(room[0..length], reply.answer[0..length]);
    // What doesn't fit is cut, and says so.
    if (length < reply.answer.len and length > 2) room[2] |= 2;
    if (!options.raw) if (failureOf(reply.answer)) |failure| return .{ .failed = failure };
    return .{ .length = @intCast(length) };
}

/// Null when the response has records.
fn failureOf(response: []const u8) ?Failure {
    const records = std.mem.readInt(u16, response[6..8], .big);
    return switch (response[3] & 0xf) {
        0 => if (records > 0) null else .no_data,
        3 => .not_found,
        2 => .again,
        else => .no_recovery,
    };
}

fn fail(failure: Failure) c_int {
    if (native.find("__h_errno_location", *const fn () callconv(.c) *c_int)) |location| {
        location().* = @intFromEnum(failure);
    }
    if (failure == .again) native.setErrno(@intFromEnum(linux.E.TIMEDOUT));
    return -1;
}

/// Null: libc is to be asked.
fn askName(name: []const u8, class: c_int, kind: c_int, search: bool, into: Bytes, size: c_int) ?c_int {
    var room: [512]u8 = undefined;
    const query = encode(&room, name, class, kind) orelse return fail(.no_recovery);
    return switch (ask(query, .{ .search = search, .raw = false }, into, size)) {
        .local => null,
        .length => |length| length,
        .failed => |failure| fail(failure),
    };
}

fn spanOf(text: Text) ?[]const u8 {
    if (!isAsked()) return null;
    return std.mem.span(text orelse return null);
}

fn queryHook(comptime name: [:0]const u8, comptime search: bool) Query {
    return struct {
        fn hook(text: Text, class: c_int, kind: c_int, into: Bytes, size: c_int) callconv(.c) c_int {
            if (spanOf(text)) |known| if (askName(known, class, kind, search, into, size)) |result| return result;
            return native.call(name, Query, .{ text, class, kind, into, size });
        }
    }.hook;
}

fn queryInHook(comptime name: [:0]const u8, comptime search: bool) QueryIn {
    return struct {
        fn hook(in: State, text: Text, class: c_int, kind: c_int, into: Bytes, size: c_int) callconv(.c) c_int {
            if (spanOf(text)) |known| if (askName(known, class, kind, search, into, size)) |result| return result;
            return native.call(name, QueryIn, .{ in, text, class, kind, into, size });
        }
    }.hook;
}

/// `name.domain`, or `name` alone without a domain.
fn askDomain(text: Text, domain: Text, class: c_int, kind: c_int, into: Bytes, size: c_int) ?c_int {
    const name = spanOf(text) orelse return null;
    const tail = if (domain) |known| std.mem.span(known) else return askName(name, class, kind, false, into, size);
    var joined: [name_limit + 2]u8 = undefined;
    const full = std.fmt.bufPrint(&joined, "{s}.{s}", .{ name, tail }) catch return fail(.no_recovery);
    return askName(full, class, kind, false, into, size);
}

fn domainHook(comptime name: [:0]const u8) QueryDomain {
    return struct {
        fn hook(text: Text, domain: Text, class: c_int, kind: c_int, into: Bytes, size: c_int) callconv(.c) c_int {
            return askDomain(text, domain, class, kind, into, size) orelse
                native.call(name, QueryDomain, .{ text, domain, class, kind, into, size });
        }
    }.hook;
}

fn domainInHook(comptime name: [:0]const u8) QueryDomainIn {
    return struct {
        fn hook(in: State, text: Text, domain: Text, class: c_int, kind: c_int, into: Bytes, size: c_int) callconv(.c) c_int {
            return askDomain(text, domain, class, kind, into, size) orelse
                native.call(name, QueryDomainIn, .{ in, text, domain, class, kind, into, size });
        }
    }.hook;
}

/// The response to a query that the program has made, null: libc is to be asked.
fn askRaw(query: ?[*]const u8, length: c_int, into: Bytes, size: c_int) ?c_int {
    if (!isAsked() or query == null or length < header_size or length > query_limit) return null;
    return switch (ask(query.?[0..@intCast(length)], .{ .search = false, .raw = true }, into, size)) {
        .local => null,
        .length => |answered| answered,
        .failed => |failure| fail(failure),
    };
}

fn sendHook(comptime name: [:0]const u8) Send {
    return struct {
        fn hook(query: ?[*]const u8, length: c_int, into: Bytes, size: c_int) callconv(.c) c_int {
            return askRaw(query, length, into, size) orelse native.call(name, Send, .{ query, length, into, size });
        }
    }.hook;
}

fn sendInHook(comptime name: [:0]const u8) SendIn {
    return struct {
        fn hook(in: State, query: ?[*]const u8, length: c_int, into: Bytes, size: c_int) callconv(.c) c_int {
            return askRaw(query, length, into, size) orelse native.call(name, SendIn, .{ in, query, length, into, size });
        }
    }.hook;
}

comptime {
    // Older programs are bound to the names with underscores.
    for ([_][:0]const u8{ "", "__" }) |prefix| {
        @export(queryHook(prefix ++ "res_query", false), .{ .name = prefix ++ "res_query" });
        @export(queryHook(prefix ++ "res_search", true), .{ .name = prefix ++ "res_search" });
        @export(queryInHook(prefix ++ "res_nquery", false), .{ .name = prefix ++ "res_nquery" });
        @export(queryInHook(prefix ++ "res_nsearch", true), .{ .name = prefix ++ "res_nsearch" });
        @export(domainHook(prefix ++ "res_querydomain"), .{ .name = prefix ++ "res_querydomain" });
        @export(domainInHook(prefix ++ "res_nquerydomain"), .{ .name = prefix ++ "res_nquerydomain" });
        @export(sendHook(prefix ++ "res_send"), .{ .name = prefix ++ "res_send" });
        @export(sendInHook(prefix ++ "res_nsend"), .{ .name = prefix ++ "res_nsend" });
    }
}

test "a query is what RFC 1035 wants" {
    var room: [512]u8 = undefined;
    const query = encode(&room, "_db._tcp.x.", 1, 33).?;
    try std.testing.expectEqualSlices(u8, "\x03_db\x04_tcp\x01x\x00\x00\x21\x00\x01", query[header_size..]);
    try std.testing.expectEqualSlices(u8, "\x00\x00\x02\x00\x01", encode(&room, "", 1, 2).?[header_size..]);
    for ([_][]const u8{ "a..b", ".a", "x" ** 64, "x." ** 127 ++ "x" }) |wrong| {
        try std.testing.expect(encode(&room, wrong, 1, 1) == null);
    }
}

test "what a response without records means" {
    const response = [_]u8{ 0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0 };
    var changed = response;
    try std.testing.expectEqual(Failure.no_data, failureOf(&changed).?);
    changed[7] = 1;
    try std.testing.expect(failureOf(&changed) == null);
    changed[3] = 0x83;
    try std.testing.expectEqual(Failure.not_found, failureOf(&changed).?);
}

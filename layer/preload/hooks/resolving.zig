//! getaddrinfo(3), freeaddrinfo(3), getnameinfo(3): names as the target knows them. What is no look-up of a name —
//! numeric addresses, services, the expansion to socket types — stays libc's own.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const core = @import("core");
const lists = @import("../address_list.zig");
const native = @import("../native.zig");
const Question = @import("../question.zig").Question;
const state = @import("../state.zig");

const Info = lists.Info;
const Text = ?[*:0]const u8;
const GetInfo = *const fn (Text, Text, ?*const Info, *?*Info) callconv(.c) c_int;
const FreeInfo = *const fn (?*Info) callconv(.c) void;
const GetName = *const fn (?*const anyopaque, u32, ?[*]u8, u32, ?[*]u8, u32, c_int) callconv(.c) c_int;

pub const eai = struct {
    pub const no_name = -2;
    pub const again = -3;
    pub const memory = -10;
    pub const overflow = -12;
};

const ai = struct {
    const canonical_name = 0x02;
    const numeric_host = 0x04;
    const v4_mapped = 0x08;
    const all = 0x10;
    const address_configured = 0x20;
    const international = 0x40 | 0x80;
    /// What concerns the look-up of the name, and not the service.
    const about_name = canonical_name | v4_mapped | all | address_configured | international;
};

/// A name that the target is to be asked for; null for everything that libc answers by itself.
pub fn remoteName(node: Text) ?[:0]const u8 {
    if (!state.isActive() or !state.session.config.dns_enabled) return null;
    const name = std.mem.span(node orelse return null);
    if (name.len == 0 or name.len > 1024 or std.mem.indexOfScalar(u8, name, ':') != null) return null;
    return name;
}

fn nativeInfo(node: Text, service: Text, hints: ?*const Info, result: *?*Info) c_int {
    return native.call("getaddrinfo", GetInfo, .{ node, service, hints, result });
}

pub fn getaddrinfo(node: Text, service: Text, hints: ?*const Info, result: *?*Info) callconv(.c) c_int {
    // Without hints glibc looks for what the machine can use.
    const defaults = Info{ .flags = if (native.isGlibc()) ai.v4_mapped | ai.address_configured else 0 };
    const wanted = (hints orelse &defaults).*;
    const name = remoteName(node) orelse return nativeInfo(node, service, hints, result);
    const known_family = wanted.family == 0 or wanted.family == core.address.family_v4 or
        wanted.family == core.address.family_v6;
    if (wanted.flags & ai.numeric_host != 0 or !known_family) return nativeInfo(node, service, hints, result);
    if (std.ascii.isDigit(name[0])) {
        // Perhaps an IPv4 address in one of its many forms.
        const code = nativeInfo(node, service, &with(wanted, ai.numeric_host), result);
        if (code != eai.no_name) return code;
    }
    return resolve(name, service, hints, &wanted, result);
}

fn with(hints: Info, flag: c_int) Info {
    var changed = hints;
    changed.flags |= flag;
    return changed;
}

/// What the hints and the service allow for every address, as libc expands them for a numeric one.
const Uses = struct {
    items: [16]lists.Use = undefined,
    count: usize = 0,

    fn find(self: *Uses, service: Text, wanted: *const Info) c_int {
        const v6 = wanted.family == core.address.family_v6;
        var hints = Info{
            .flags = (wanted.flags & ~@as(c_int, ai.about_name)) | ai.numeric_host,
            .family = if (v6) core.address.family_v6 else core.address.family_v4,
            .socket_type = wanted.socket_type,
            .protocol = wanted.protocol,
        };
        var list: ?*Info = null;
        const code = nativeInfo(if (v6) "::1" else "127.0.0.1", service, &hints, &list);
        if (code != 0) return code;
        var next = list;
        while (next) |info| : (next = info.next) {
            if (self.count == self.items.len) break;
            const bytes: [*]const u8 = @ptrCast(info.address orelse continue);
            self.items[self.count] = .{
                .socket_type = info.socket_type,
                .protocol = info.protocol,
                .port = std.mem.readInt(u16, bytes[2..4], .big),
            };
            self.count += 1;
        }
        freeNative(list);
        return 0;
    }
};

fn resolve(name: [:0]const u8, service: Text, hints: ?*const Info, wanted: *const Info, result: *?*Info) c_int {
    var uses = Uses{};
    const refused = uses.find(service, wanted);
    if (refused != 0) return refused;
    const maps = wanted.family == core.address.family_v6 and wanted.flags & ai.v4_mapped != 0;
    var question = Question.begin() orelse return eai.again;
    defer question.end();
    const reply = question.ask(.{ .resolve = .{
        .name = name,
        .service = if (service) |text| std.mem.span(text) else "",
        .family = if (maps) 0 else @intCast(wanted.family),
        .socket_type = @bitCast(wanted.socket_type),
        .protocol = @bitCast(wanted.protocol),
        .flags = @bitCast(wanted.flags),
    } }, protocol.ResolveReply) orelse return eai.again;
    if (reply.is_local) return nativeInfo(name, service, hints, result);
    if (reply.code != 0) return reply.code;
    var list = lists.List{};
    if (!addAll(&list, &reply, wanted, &uses)) {
        _ = lists.free(list.first);
        return eai.memory;
    }
    if (list.first == null) return eai.no_name;
    if (wanted.flags & ai.canonical_name != 0) {
        const canonical = if (reply.canonical_name.len != 0) reply.canonical_name else name;
        if (!list.name(canonical)) {
            _ = lists.free(list.first);
            return eai.memory;
        }
    }
    result.* = list.first;
    return 0;
}

fn addAll(list: *lists.List, reply: *const protocol.ResolveReply, wanted: *const Info, uses: *const Uses) bool {
    const has_v6 = hasV6(reply);
    var addresses = reply.addresses.iterator();
    while (addresses.next()) |bytes| {
        const address = parse(bytes) orelse continue;
        const family = familyFor(address, wanted, has_v6) orelse continue;
        for (uses.items[0..uses.count]) |use| {
            if (!list.add(address, family, use, wanted.flags)) return false;
        }
    }
    return true;
}

fn hasV6(reply: *const protocol.ResolveReply) bool {
    var addresses = reply.addresses.iterator();
    while (addresses.next()) |bytes| {
        if (bytes.len == 16) return true;
    }
    return false;
}

pub fn parse(bytes: []const u8) ?core.address.Address {
    return switch (bytes.len) {
        4 => .{ .v4 = .{ .address = bytes[0..4].*, .port = 0 } },
        16 => .{ .v6 = .{ .address = bytes[0..16].*, .port = 0, .scope = 0 } },
        else => null,
    };
}

/// The family in which an address is given, null if it isn't wanted: IPv4 is mapped for who asks for IPv6 with
/// AI_V4MAPPED, when there is no true IPv6 address or AI_ALL wants both.
fn familyFor(address: core.address.Address, wanted: *const Info, has_v6: bool) ?u16 {
    const own: u16 = if (address == .v4) core.address.family_v4 else core.address.family_v6;
    if (wanted.family == 0 or wanted.family == own) return own;
    if (wanted.family == core.address.family_v4 or wanted.flags & ai.v4_mapped == 0) return null;
    if (has_v6 and wanted.flags & ai.all == 0) return null;
    return core.address.family_v6;
}

fn freeNative(list: ?*Info) void {
    const function = native.find("freeaddrinfo", FreeInfo) orelse return;
    if (list != null) function(list);
}

fn freeaddrinfo(list: ?*Info) callconv(.c) void {
    freeNative(lists.free(list));
}

const ni = struct {
    const numeric_host = 1;
    const name_required = 8;
};

fn getnameinfo(
    address: ?*const anyopaque,
    length: u32,
    host: ?[*]u8,
    host_size: u32,
    service: ?[*]u8,
    service_size: u32,
    flags: c_int,
) callconv(.c) c_int {
    const asks_name = host != null and host_size > 0 and flags & ni.numeric_host == 0;
    const raw = if (asks_name) rawAddress(address, length) else null;
    if (raw == null or !state.isActive() or !state.session.config.dns_enabled) {
        return native.call("getnameinfo", GetName, .{ address, length, host, host_size, service, service_size, flags });
    }
    var question = Question.begin() orelse return eai.again;
    defer question.end();
    const reply = question.ask(.{ .reverse_resolve = .{ .address = raw.? } }, protocol.ReverseReply);
    if (reply == null or reply.?.code != 0) {
        if (flags & ni.name_required != 0) return eai.no_name;
        const numeric = flags | ni.numeric_host;
        return native.call("getnameinfo", GetName, .{ address, length, host, host_size, service, service_size, numeric });
    }
    const name = reply.?.name;
    if (name.len >= host_size) return eai.overflow;
    @memcpy(host.?[0..name.len], name);
    host.?[name.len] = 0;
    if (service == null or service_size == 0) return 0;
    return native.call("getnameinfo", GetName, .{ address, length, null, 0, service, service_size, flags });
}

/// The 4 or 16 bytes of the address in a sockaddr.
fn rawAddress(address: ?*const anyopaque, length: u32) ?[]const u8 {
    const bytes: [*]const u8 = @ptrCast(address orelse return null);
    if (length < 16) return null;
    return switch (std.mem.readInt(u16, bytes[0..2], .little)) {
        core.address.family_v4 => bytes[4..8],
        core.address.family_v6 => if (length >= 24) bytes[8..24] else null,
        else => null,
    };
}

comptime {
    @export(&getaddrinfo, .{ .name = "getaddrinfo" });
    @export(&freeaddrinfo, .{ .name = "freeaddrinfo" });
    @export(&getnameinfo, .{ .name = "getnameinfo" });
}

test "which family an address is given in" {
    const v4 = parse(&.{ 1, 2, 3, 4 }).?;
    const v6 = parse(&(.{0} ** 16)).?;
    const any = Info{};
    const six = Info{ .family = core.address.family_v6 };
    const mapped = Info{ .family = core.address.family_v6, .flags = ai.v4_mapped };
    const both = Info{ .family = core.address.family_v6, .flags = ai.v4_mapped | ai.all };
    try std.testing.expectEqual(core.address.family_v4, familyFor(v4, &any, true).?);
    try std.testing.expectEqual(core.address.family_v6, familyFor(v6, &six, true).?);
    try std.testing.expect(familyFor(v4, &six, false) == null);
    try std.testing.expect(familyFor(v4, &mapped, true) == null);
    try std.testing.expectEqual(core.address.family_v6, familyFor(v4, &mapped, false).?);
    try std.testing.expectEqual(core.address.family_v6, familyFor(v4, &both, true).?);
}

//! Socket addresses: as the kernel takes them (`struct sockaddr_*` bytes) and as the protocol carries them.

const std = @import("std");
const protocol = @import("protocol");
const linux = std.os.linux;

pub const Address = protocol.SocketAddress;

pub const family_v4: u16 = linux.AF.INET;
pub const family_v6: u16 = linux.AF.INET6;
pub const family_unix: u16 = linux.AF.UNIX;
pub const unix_path_limit = 108;
const v6_loopback = [_]u8{0} ** 15 ++ [_]u8{1};
const mapped_prefix = [_]u8{0} ** 10 ++ [_]u8{ 0xff, 0xff };

/// The bytes of a `struct sockaddr_storage`, and how many of them count.
pub const Native = struct {
    bytes: [128]u8 align(8) = @splat(0),
    length: u32 = 0,

    pub fn slice(self: *const Native) []const u8 {
        return self.bytes[0..self.length];
    }
    pub fn family(self: *const Native) u16 {
        return if (self.length < 2) 0 else std.mem.readInt(u16, self.bytes[0..2], .little);
    }
};

/// The address in a sockaddr; null if it is of another family or too short. A unix socket's path points into it.
pub fn parse(native: *const Native) ?Address {
    const bytes = &native.bytes;
    switch (native.family()) {
        family_v4 => {
            if (native.length < 16) return null;
            return .{ .v4 = .{ .address = bytes[4..8].*, .port = std.mem.readInt(u16, bytes[2..4], .big) } };
        },
        family_v6 => {
            // The kernel takes an address without its scope, too (24 bytes, RFC 2133).
            if (native.length < 24) return null;
            return .{ .v6 = .{
                .address = bytes[8..24].*,
                .port = std.mem.readInt(u16, bytes[2..4], .big),
                .scope = std.mem.readInt(u32, bytes[24..28], .little),
            } };
        },
        family_unix => return .{ .unix = .{ .path = native.bytes[2..native.length] } },
        else => return null,
    }
}

/// The sockaddr for a socket of `family`: IPv4 is mapped for an IPv6 socket, and back. A true IPv6 address has no form
/// for an IPv4 socket and becomes loopback with its port.
pub fn format(address: Address, family: u16) Native {
    var native = Native{};
    switch (family) {
        family_v4 => {
            native.length = 16;
            native.bytes[4..8].* = v4Of(address) orelse .{ 127, 0, 0, 1 };
        },
        family_unix => return formatPath(address),
        else => {
            native.length = 28;
            native.bytes[8..24].* = v6Of(address);
            if (address == .v6) std.mem.writeInt(u32, native.bytes[24..28], address.v6.scope, .little);
        },
    }
    std.mem.writeInt(u16, native.bytes[0..2], family, .little);
    std.mem.writeInt(u16, native.bytes[2..4], port(address), .big);
    return native;
}

/// Longer paths than a sockaddr holds come from nowhere.
fn formatPath(address: Address) Native {
    const path = if (address == .unix) address.unix.path else "";
    // The kernel tells a path with the zero at its end, and an abstract name as long as it is.
    const is_path = path.len > 0 and path[0] != 0 and path[path.len - 1] != 0;
    const length = @min(path.len + @intFromBool(is_path), unix_path_limit);
    var native = Native{ .length = @intCast(2 + length) };
    std.mem.writeInt(u16, native.bytes[0..2], family_unix, .little);
    const copied = @min(path.len, length);
    @memcpy(native.bytes[2..][0..copied], path[0..copied]);
    return native;
}

pub fn port(address: Address) u16 {
    return switch (address) {
        .v4 => |v4| v4.port,
        .v6 => |v6| v6.port,
        .unix => 0,
    };
}

pub fn withPort(address: Address, new: u16) Address {
    var changed = address;
    switch (changed) {
        .v4 => |*v4| v4.port = new,
        .v6 => |*v6| v6.port = new,
        .unix => {},
    }
    return changed;
}

pub fn isLoopback(address: Address) bool {
    if (v4Of(address)) |v4| return v4[0] == 127;
    return address == .v6 and std.mem.eql(u8, &address.v6.address, &v6_loopback);
}

pub fn isUnspecified(address: Address) bool {
    if (v4Of(address)) |v4| return std.mem.allEqual(u8, &v4, 0);
    return address == .v6 and std.mem.allEqual(u8, &address.v6.address, 0);
}

/// Multicast, and the broadcast address of IPv4.
pub fn isToMany(address: Address) bool {
    if (v4Of(address)) |v4| return v4[0] >> 4 == 0xe or std.mem.allEqual(u8, &v4, 0xff);
    return address == .v6 and address.v6.address[0] == 0xff;
}

/// Whether both name the same host, whatever the ports.
pub fn sameHost(a: Address, b: Address) bool {
    return std.mem.eql(u8, &v6Of(a), &v6Of(b));
}

/// Whether both are the same address and port in the same form.
pub fn equal(a: Address, b: Address) bool {
    if (a == .unix and b == .unix) return std.mem.eql(u8, a.unix.path, b.unix.path);
    return std.meta.activeTag(a) == std.meta.activeTag(b) and sameHost(a, b) and port(a) == port(b);
}

/// The IPv4 address, also of its form mapped into IPv6.
pub fn v4Of(address: Address) ?[4]u8 {
    return switch (address) {
        .v4 => |v4| v4.address,
        .v6 => |v6| if (std.mem.startsWith(u8, &v6.address, &mapped_prefix)) v6.address[12..16].* else null,
        .unix => null,
    };
}

pub fn v6Of(address: Address) [16]u8 {
    return switch (address) {
        .v4 => |v4| mapped_prefix ++ v4.address,
        .v6 => |v6| v6.address,
        .unix => @splat(0),
    };
}

const testing = std.testing;
const localhost = Address{ .v4 = .{ .address = .{ 127, 0, 0, 1 }, .port = 80 } };
const v6_host = Address{ .v6 = .{ .address = .{ 0x20, 1 } ++ .{0} ** 13 ++ .{5}, .port = 443, .scope = 3 } };

test "a sockaddr is read as it was written" {
    for ([_]Address{ localhost, v6_host }, [_]u16{ family_v4, family_v6 }) |address, family| {
        const native = format(address, family);
        try testing.expect(equal(address, parse(&native).?));
    }
    try testing.expectEqual(@as(u32, 3), parse(&format(v6_host, family_v6)).?.v6.scope);
}

test "an IPv4 address fits an IPv6 socket, and back" {
    const mapped = parse(&format(localhost, family_v6)).?;
    try testing.expect(mapped == .v6 and isLoopback(mapped) and sameHost(mapped, localhost));
    try testing.expect(equal(localhost, parse(&format(mapped, family_v4)).?));
    try testing.expectEqual(@as(u16, 443), port(parse(&format(v6_host, family_v4)).?));
}

test "short and foreign addresses are not parsed" {
    var native = format(localhost, family_v4);
    native.length = 8;
    try testing.expect(parse(&native) == null);
    native.length = 1;
    try testing.expectEqual(@as(u16, 0), native.family());
    native.length = 20;
    native.bytes[0] = linux.AF.NETLINK;
    try testing.expect(parse(&native) == null);
}

test "a unix socket's path is all that its length tells, zeros included" {
    var native = Native{ .length = 7 };
    native.bytes[0..7].* = "\x01\x00\x00abc\x00".*;
    const address = parse(&native).?;
    try testing.expectEqualStrings("\x00abc\x00", address.unix.path);
    try testing.expectEqualSlices(u8, native.slice(), format(address, family_unix).slice());
    try testing.expect(equal(address, address) and !equal(address, localhost));
    try testing.expectEqualSlices(u8, "\x01\x00/a\x00", format(.{ .unix = .{ .path = "/a" } }, family_unix).slice());
}

test "unspecified and loopback hosts" {
    try testing.expect(isUnspecified(.{ .v4 = .{ .address = .{ 0, 0, 0, 0 }, .port = 1 } }));
    try testing.expect(isUnspecified(.{ .v6 = .{ .address = @splat(0), .port = 1, .scope = 0 } }));
    try testing.expect(isLoopback(.{ .v6 = .{ .address = .{0} ** 15 ++ .{1}, .port = 1, .scope = 0 } }));
    try testing.expect(!isLoopback(v6_host) and !isUnspecified(v6_host));
}

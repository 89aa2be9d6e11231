//! What the proxy has said of datagrams of sockets that are not connected: where they go, and who is behind the address
//! they come from. Kept so that only the first datagram to each destination asks.
//!
//! Two tables of a fixed size, of which each entry is taken for the time of a copy. Whoever finds one taken (another
//! thread, a signal handler, a fork of a process that was just writing) goes on as if it weren't there.

const std = @import("std");
const addresses = @import("address.zig");
const Address = addresses.Address;

/// A datagram on its way: waiting for RouteReply.
pub const Route = struct { cookie: u64, family: u16, destination: Address };

/// A datagram from a stand-in has come: waiting for who is behind it.
pub const Naming = struct { cookie: u64, stand_in: Address, family: u16 };

/// Where a datagram goes: to its destination, or to another address.
pub const Way = union(enum) { as_is, elsewhere: Address };

const size = 256;

const Sent = struct { cookie: u64 = 0, destination: Key = .{}, way: Way = .as_is };
const Received = struct { cookie: u64 = 0, stand_in: Key = .{}, sender: Address = no_address };
const no_address = Address{ .v4 = .{ .address = @splat(0), .port = 0 } };

/// A host and port, in one form for both families.
const Key = struct {
    host: [16]u8 = @splat(0),
    port: u16 = 0,

    fn of(address: Address) Key {
        return .{ .host = addresses.v6Of(address), .port = addresses.port(address) };
    }

    fn place(self: *const Key, seed: u64) usize {
        const low = std.mem.readInt(u64, self.host[8..16], .little);
        const high = std.mem.readInt(u64, self.host[0..8], .little);
        const mixed = (low ^ (high *% 31) ^ (@as(u64, self.port) << 48) ^ (seed << 24)) *% 0x9e37_79b9_7f4a_7c15;
        return @intCast(mixed >> 56);
    }
};

fn Table(comptime Entry: type) type {
    return struct {
        const Self = @This();
        entries: [size]Entry = @splat(.{}),
        taken: [size]u8 = @splat(0),

        fn get(self: *Self, place: usize) ?Entry {
            if (!self.take(place)) return null;
            defer self.release(place);
            return self.entries[place];
        }

        fn set(self: *Self, place: usize, entry: Entry) void {
            if (!self.take(place)) return;
            defer self.release(place);
            self.entries[place] = entry;
        }

        fn take(self: *Self, place: usize) bool {
            return @cmpxchgStrong(u8, &self.taken[place], 0, 1, .acquire, .monotonic) == null;
        }
        fn release(self: *Self, place: usize) void {
            @atomicStore(u8, &self.taken[place], 0, .release);
        }
    };
}

var sent: Table(Sent) = .{};
var received: Table(Received) = .{};

/// Where a socket's datagrams to `destination` go, if that is known.
pub fn find(cookie: u64, destination: Address) ?Way {
    const key = Key.of(destination);
    const entry = sent.get(key.place(cookie)) orelse return null;
    return if (entry.cookie == cookie and std.meta.eql(entry.destination, key)) entry.way else null;
}

pub fn remember(cookie: u64, destination: Address, way: Way) void {
    const key = Key.of(destination);
    sent.set(key.place(cookie), .{ .cookie = cookie, .destination = key, .way = way });
}

/// Who is behind a stand-in of this socket, if that is known.
pub fn senderOf(cookie: u64, stand_in: Address) ?Address {
    const key = Key.of(stand_in);
    const entry = received.get(key.place(cookie)) orelse return null;
    return if (entry.cookie == cookie and std.meta.eql(entry.stand_in, key)) entry.sender else null;
}

pub fn rememberSender(cookie: u64, stand_in: Address, sender: Address) void {
    const key = Key.of(stand_in);
    received.set(key.place(cookie), .{ .cookie = cookie, .stand_in = key, .sender = sender });
}

const testing = std.testing;

fn host(last: u8, port: u16) Address {
    return .{ .v4 = .{ .address = .{ 10, 0, 0, last }, .port = port } };
}

test "a route belongs to one socket and one destination" {
    remember(7, host(1, 53), .{ .elsewhere = host(2, 9) });
    try testing.expect(addresses.equal(host(2, 9), find(7, host(1, 53)).?.elsewhere));
    try testing.expect(find(8, host(1, 53)) == null);
    try testing.expect(find(7, host(1, 54)) == null);
    remember(7, host(1, 53), .as_is);
    try testing.expect(find(7, host(1, 53)).? == .as_is);
}

test "a stand-in has one sender, whatever form its address is told in" {
    rememberSender(7, host(3, 5), host(4, 6));
    const mapped = addresses.parse(&addresses.format(host(3, 5), addresses.family_v6)).?;
    try testing.expect(addresses.equal(host(4, 6), senderOf(7, mapped).?));
    try testing.expect(senderOf(7, host(3, 6)) == null);
    try testing.expect(senderOf(8, host(3, 5)) == null);
}

test "an entry that is taken is not there" {
    remember(9, host(9, 9), .as_is);
    const place = Key.of(host(9, 9)).place(9);
    try testing.expect(sent.take(place));
    try testing.expect(find(9, host(9, 9)) == null);
    sent.release(place);
    try testing.expect(find(9, host(9, 9)) != null);
}

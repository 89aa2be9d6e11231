//! What the configuration hides of this machine's network: IPv6 sockets, and IPv6 addresses of its interfaces.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const native = @import("../native.zig");
const state = @import("../state.zig");

const Socket = *const fn (c_int, c_int, c_int) callconv(.c) c_int;
const GetInterfaces = *const fn (*?*Interface) callconv(.c) c_int;

/// `struct ifaddrs`.
const Interface = extern struct {
    next: ?*Interface,
    name: ?[*:0]const u8,
    flags: c_uint,
    address: ?*align(1) const u16,
    mask: ?*anyopaque,
    broadcast: ?*anyopaque,
    data: ?*anyopaque,

    fn isV6(self: *const Interface) bool {
        return if (self.address) |family| family.* == core.address.family_v6 else false;
    }
};

fn socket(family: c_int, kind: c_int, protocol: c_int) callconv(.c) c_int {
    if (family == linux.AF.INET6 and state.isActive() and !state.session.config.ipv6) {
        native.setErrno(@intFromEnum(linux.E.AFNOSUPPORT));
        return -1;
    }
    return native.call("socket", Socket, .{ family, kind, protocol });
}

fn getifaddrs(list: *?*Interface) callconv(.c) c_int {
    const result = native.call("getifaddrs", GetInterfaces, .{list});
    if (result == 0 and state.isActive() and state.session.config.hides_ipv6_interfaces) hide(list.*);
    return result;
}

/// The list is libc's to free, which glibc does by its first entry: that one stays where it is.
fn hide(list: ?*Interface) void {
    var last = list orelse return;
    while (last.next) |entry| {
        if (entry.isV6()) last.next = entry.next else last = entry;
    }
    const first = list.?;
    if (!first.isV6()) return;
    if (first.next) |second| first.* = second.* else first.address = null;
}

comptime {
    @export(&socket, .{ .name = "socket" });
    @export(&getifaddrs, .{ .name = "getifaddrs" });
}

test "IPv6 addresses are taken out of the list, wherever they stand" {
    const v4: u16 = core.address.family_v4;
    const v6: u16 = core.address.family_v6;
    for ([_][3]*const u16{ .{ &v6, &v4, &v6 }, .{ &v4, &v6, &v6 }, .{ &v6, &v6, &v4 } }) |families| {
        var entries: [3]Interface = undefined;
        for (&entries, families, 0..) |*entry, family, index| {
            entry.* = std.mem.zeroes(Interface);
            entry.address = family;
            entry.next = if (index < 2) &entries[index + 1] else null;
        }
        hide(&entries[0]);
        try std.testing.expectEqual(v4, entries[0].address.?.*);
        try std.testing.expect(entries[0].next == null);
    }
}

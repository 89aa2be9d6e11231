//! The lists that getaddrinfo(3) gives. Each node is one block of the program's allocator, as glibc makes them: glibc's
//! own freeaddrinfo frees them, also when the program has taken the list apart. Other libcs expect their own shape, so
//! nodes of ours carry a mark by which our freeaddrinfo knows them.

const std = @import("std");
const core = @import("core");
const native = @import("native.zig");

pub const Info = extern struct {
    flags: c_int = 0,
    family: c_int = 0,
    socket_type: c_int = 0,
    protocol: c_int = 0,
    address_length: u32 = 0,
    address: ?*anyopaque = null,
    canonical_name: ?[*:0]u8 = null,
    next: ?*Info = null,
};

/// What follows `Info`. Where other implementations' nodes have the socket address, the mark stands: it is within any
/// node's memory, and it can't be an address by chance.
const Node = extern struct {
    info: Info,
    mark: [2]u64,
    address: [28]u8,
};

fn markOf(node: *const Info) [2]u64 {
    return .{ @intFromPtr(node) ^ 0x6d69_7272_6f72_6421, ~@intFromPtr(node) };
}

pub fn isOurs(node: *const Info) bool {
    const expected = markOf(node);
    const mark: *const [2]u64 = @ptrCast(@alignCast(&@as([*]const u8, @ptrCast(node))[@sizeOf(Info)]));
    return mark[0] == expected[0] and mark[1] == expected[1];
}

/// One way to use an address: what the hints and the service leave open makes several.
pub const Use = struct { socket_type: c_int, protocol: c_int, port: u16 };

/// A list under construction, in order.
pub const List = struct {
    first: ?*Info = null,
    last: ?*Info = null,

    /// False if there is no memory.
    pub fn add(self: *List, address: core.address.Address, family: u16, use: Use, flags: c_int) bool {
        const memory = native.malloc(@sizeOf(Node)) orelse return false;
        const node: *Node = @ptrCast(memory);
        const socket_address = core.address.format(core.address.withPort(address, use.port), family);
        node.info = .{
            .flags = flags,
            .family = family,
            .socket_type = use.socket_type,
            .protocol = use.protocol,
            .address_length = socket_address.length,
            .address = &node.address,
        };
        node.mark = markOf(&node.info);
        node.address = socket_address.bytes[0..28].*;
        if (self.last) |last| last.next = &node.info else self.first = &node.info;
        self.last = &node.info;
        return true;
    }

    /// Names the first node.
    pub fn name(self: *List, text: []const u8) bool {
        const memory = native.malloc(text.len + 1) orelse return false;
        @memcpy(memory[0..text.len], text);
        memory[text.len] = 0;
        self.first.?.canonical_name = @ptrCast(memory);
        return true;
    }
};

/// Frees the nodes of ours at the list's start; what is left is someone else's.
pub fn free(list: ?*Info) ?*Info {
    var left = list;
    while (left) |node| {
        if (!isOurs(node)) return node;
        left = node.next;
        native.free(node.canonical_name);
        native.free(node);
    }
    return null;
}

test "the layout that both libcs have" {
    try std.testing.expectEqual(@as(usize, 48), @sizeOf(Info));
    try std.testing.expectEqual(@as(usize, 48), @offsetOf(Node, "mark"));
}

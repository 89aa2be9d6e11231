//! Making requests and reading replies.

const protocol = @import("protocol");
const calls = @import("call.zig");

/// Encodes a request into the caller's room.
pub fn ask(call: *calls.Call, request: protocol.Request) calls.Error!calls.Outcome {
    const room = try call.requestRoom();
    call.request = protocol.encode(room, request) catch return error.TooLong;
    return .ask;
}

/// As `ask`, for a request that nothing answers; the call's result stands already.
pub fn tell(call: *calls.Call, request: protocol.Request) calls.Error!calls.Outcome {
    _ = try ask(call, request);
    return .tell;
}

/// The proxy has answered with an errno. About a stand-in that it does not know it says ESTALE or ENOENT: what only looks
/// like one (the program's own memfd, or directory beside the shadows) is the kernel's matter.
pub fn failed(call: *calls.Call, errno: i32) calls.Outcome {
    const unknown = switch (call.arguments) {
        .stat_descriptor, .stat_filesystem_descriptor, .flush => errno == @intFromEnum(calls.Errno.NOENT),
        else => false,
    };
    if (call.by_identity and (unknown or errno == @intFromEnum(calls.Errno.STALE))) return .local;
    return call.answer(-@as(i64, errno));
}

/// A reply that can't be read means that proxy and layer don't fit together.
pub fn decode(comptime Reply: type, bytes: []const u8) protocol.DecodeError!Reply {
    return protocol.decode(Reply, bytes);
}

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

/// A reply that can't be read means that proxy and layer don't fit together.
pub fn decode(comptime Reply: type, bytes: []const u8) protocol.DecodeError!Reply {
    return protocol.decode(Reply, bytes);
}

//! A question to the proxy that is none of the core's calls: names. Such calls exist only in libc, not in the kernel.

const protocol = @import("protocol");
const core = @import("core");
const connections = @import("connection.zig");
const pool = @import("pool.zig");

pub const Question = struct {
    connection: *connections.Connection,
    healthy: bool = false,

    /// Takes a connection; null if the proxy can't be reached.
    pub fn begin() ?Question {
        return .{ .connection = pool.acquire() catch return null };
    }

    /// The reply, or null. It points into the connection's memory, so it is valid until `end`.
    pub fn ask(self: *Question, request: protocol.Request, comptime Reply: type) ?Reply {
        self.healthy = false;
        const body = protocol.encode(self.connection.room(), request) catch return null;
        self.connection.send(body) catch return null;
        const bytes = self.connection.receive(.{}) catch return null;
        const reply = protocol.decode(Reply, bytes) catch return null;
        self.healthy = true;
        return reply;
    }

    pub fn end(self: *Question) void {
        pool.release(self.connection, self.healthy);
    }
};

//! The process's connections to the proxy. Each thread that asks something holds one of them, so that a hundred threads
//! don't wait behind one slow answer; beyond the pool's size, connections live for one exchange.

const std = @import("std");
const core = @import("core");
const process = @import("process.zig");
const state = @import("state.zig");
const connections = @import("connection.zig");
const system = core.system;

const Connection = connections.Connection;

/// Kept open after use. A connection's memory is only as large as it was ever filled.
const kept = 32;
var slots: [kept]Connection = @splat(.{});

/// A connection for one call. Give it back by `release`.
pub fn acquire() connections.Error!*Connection {
    const pid = system.pid();
    switch (process.standing(pid)) {
        .own => {},
        .fresh => {
            forgetInherited();
            process.claimed(pid);
        },
        .foreign => return temporary(),
    }
    for (&slots) |*slot| {
        if (@cmpxchgStrong(u32, &slot.busy, 0, 1, .acquire, .monotonic) != null) continue;
        errdefer @atomicStore(u32, &slot.busy, 0, .release);
        return ready(slot);
    }
    return temporary();
}

/// `healthy`: the exchange has ended as it should, so the connection can serve another one.
pub fn release(connection: *Connection, healthy: bool) void {
    if (connection.temporary) {
        connection.close();
        return system.free(connection.memory.?);
    }
    // In a fork of the process that took it, the connection is the parent's.
    if (process.mark() != connection.mark) return;
    if (!healthy) connection.close();
    @atomicStore(u32, &connection.busy, 0, .release);
}

fn ready(connection: *Connection) connections.Error!*Connection {
    connection.mark = process.mark();
    if (!connection.isOpen()) try connection.open(&state.proxy, state.session.executable);
    return connection;
}

/// The connection lies behind its own room, so that nothing else has to be remembered.
fn temporary() connections.Error!*Connection {
    const size = connections.memory_size + @sizeOf(Connection);
    const memory = system.allocate(size) orelse return error.Gone;
    errdefer system.free(memory);
    const connection: *Connection = @ptrCast(@alignCast(memory[connections.memory_size..]));
    connection.* = .{ .temporary = true, .busy = 1, .memory = memory };
    return ready(connection);
}

/// A forked child closes its copies of the parent's connections; the parent's stay open.
fn forgetInherited() void {
    for (&slots) |*slot| {
        slot.close();
        slot.* = .{ .memory = slot.memory };
    }
}

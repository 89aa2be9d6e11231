//! System calls that send a message to an address, or receive one with its sender's.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const message = @import("message.zig");
const Step = @import("translate.zig").Step;

/// Where sendmmsg(2) and recvmmsg(2) tell how long a message was.
const count_offset = @offsetOf(message.HeaderOfMany, "len");

/// Of several messages only the first is looked at, and sent or received: fewer than asked for is the call's right.
pub fn step(call: linux.SYS, data: linux.SECCOMP.data, caller: core.Caller) core.Error!Step {
    const fd = descriptor(data.arg0);
    const at = data.arg1;
    return switch (call) {
        .sendto => .{ .send = .{
            .arguments = .{ .fd = fd, .address = data.arg4, .length = word(data.arg5), .flags = word(data.arg3) },
            .message = .{ .from = .{ .words = .{ .data = at, .size = data.arg2 } }, .length_at = null },
        } },
        .recvfrom => .{ .receive = .{
            .fd = fd,
            .flags = word(data.arg3),
            .into = .{ .words = .{ .data = at, .size = data.arg2 } },
            .name = .{ .address = data.arg4, .length = data.arg5 },
        } },
        .sendmsg => send(fd, at, word(data.arg2), null, caller),
        .recvmsg => receive(fd, at, word(data.arg2), null, caller),
        .sendmmsg => if (data.arg2 == 0) .native else send(fd, at, word(data.arg3), at + count_offset, caller),
        else => if (data.arg2 == 0) .native else receive(fd, at, word(data.arg3), at + count_offset, caller),
    };
}

fn send(fd: i32, at: usize, flags: u32, length_at: ?usize, caller: core.Caller) core.Error!Step {
    const header = try caller.load(linux.msghdr, at);
    const address = header.name orelse return .native;
    return .{ .send = .{
        .arguments = .{ .fd = fd, .address = @intFromPtr(address), .length = header.namelen, .flags = flags },
        .message = .{ .from = .{ .header = at }, .length_at = length_at },
    } };
}

fn receive(fd: i32, at: usize, flags: u32, count_at: ?usize, caller: core.Caller) core.Error!Step {
    const header = try caller.load(linux.msghdr, at);
    if (header.name == null) return .native;
    const single = flags & ~@as(u32, linux.MSG.WAITFORONE);
    return .{ .receive = .{ .fd = fd, .flags = single, .into = .{ .header = at }, .count_at = count_at } };
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

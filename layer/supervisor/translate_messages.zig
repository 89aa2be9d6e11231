//! System calls that send a message to an address, or receive one with its sender's.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const headers = @import("message_header.zig");
const Step = @import("translate.zig").Step;

/// `call`: sendto and its like, with its words, of a 32-bit program or not. Of several messages only the first is looked at,
/// and sent or received: fewer than asked for is the call's right.
pub fn step(call: linux.SYS, words: [6]u64, is_narrow: bool, caller: core.Caller) core.Error!Step {
    const fd = descriptor(words[0]);
    const at = words[1];
    const place = headers.Place{ .at = at, .is_narrow = is_narrow };
    const count_at = at + headers.countOffset(is_narrow);
    return switch (call) {
        .sendto => if (words[4] == 0) .native else .{ .send = .{
            .arguments = .{ .fd = fd, .address = words[4], .length = word(words[5]), .flags = word(words[3]) },
            .message = .{ .from = .{ .words = .{ .data = at, .size = words[2] } }, .length_at = null },
        } },
        .recvfrom => if (words[4] == 0) .native else .{ .receive = .{
            .fd = fd,
            .flags = word(words[3]),
            .into = .{ .words = .{ .data = at, .size = words[2] } },
            .name = .{ .address = words[4], .length = words[5] },
        } },
        .sendmsg => send(fd, place, word(words[2]), null, caller),
        .recvmsg => receive(fd, place, word(words[2]), null, caller),
        .sendmmsg => if (words[2] == 0) .native else send(fd, place, word(words[3]), count_at, caller),
        else => if (words[2] == 0) .native else receive(fd, place, word(words[3]), count_at, caller),
    };
}

fn send(fd: i32, place: headers.Place, flags: u32, length_at: ?usize, caller: core.Caller) core.Error!Step {
    const header = try headers.Header.load(caller, place);
    if (header.name == 0) return .native;
    return .{ .send = .{
        .arguments = .{ .fd = fd, .address = header.name, .length = header.name_length, .flags = flags },
        .message = .{ .from = .{ .header = place }, .length_at = length_at },
    } };
}

fn receive(fd: i32, place: headers.Place, flags: u32, count_at: ?usize, caller: core.Caller) core.Error!Step {
    const header = try headers.Header.load(caller, place);
    if (header.name == 0) return .native;
    const single = flags & ~@as(u32, linux.MSG.WAITFORONE);
    return .{ .receive = .{ .fd = fd, .flags = single, .into = .{ .header = place }, .count_at = count_at } };
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

//! i386's calls about sockets, each of which has two forms: a call of its own, and an operation of socketcall(2), whose
//! words are an array.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const messages = @import("translate_messages.zig");
const translate = @import("translate.zig");

const Step = translate.Step;
const Call = linux.syscalls.X86;
const Words = [6]u64;

/// The first argument of socketcall(2), by the names of x86_64's calls; and how many words the operation has.
const operations = [_]struct { operation: u32, call: linux.SYS, count: usize }{
    .{ .operation = 1, .call = .socket, .count = 3 },
    .{ .operation = 2, .call = .bind, .count = 3 },
    .{ .operation = 3, .call = .connect, .count = 3 },
    .{ .operation = 4, .call = .listen, .count = 2 },
    .{ .operation = 5, .call = .accept, .count = 3 },
    .{ .operation = 6, .call = .getsockname, .count = 3 },
    .{ .operation = 7, .call = .getpeername, .count = 3 },
    .{ .operation = 11, .call = .sendto, .count = 6 },
    .{ .operation = 12, .call = .recvfrom, .count = 6 },
    .{ .operation = 15, .call = .getsockopt, .count = 5 },
    .{ .operation = 16, .call = .sendmsg, .count = 3 },
    .{ .operation = 17, .call = .recvmsg, .count = 3 },
    .{ .operation = 18, .call = .accept4, .count = 4 },
    .{ .operation = 19, .call = .recvmmsg, .count = 5 },
    .{ .operation = 20, .call = .sendmmsg, .count = 4 },
};

pub fn step(call: Call, a: Words, caller: core.Caller) core.Error!Step {
    return switch (call) {
        .socketcall => socketCall(a, caller),
        .connect => perform(.connect, a, caller),
        .bind => perform(.bind, a, caller),
        .listen => perform(.listen, a, caller),
        .accept4 => perform(.accept4, a, caller),
        .getsockname => perform(.getsockname, a, caller),
        .getpeername => perform(.getpeername, a, caller),
        .getsockopt => perform(.getsockopt, a, caller),
        .sendto => perform(.sendto, a, caller),
        .recvfrom => perform(.recvfrom, a, caller),
        .sendmsg => perform(.sendmsg, a, caller),
        .recvmsg => perform(.recvmsg, a, caller),
        .sendmmsg => perform(.sendmmsg, a, caller),
        .recvmmsg, .recvmmsg_time64 => perform(.recvmmsg, a, caller),
        else => .native,
    };
}

fn socketCall(a: Words, caller: core.Caller) core.Error!Step {
    for (operations) |known| {
        if (known.operation != word(a[0])) continue;
        var narrow: [6]u32 = @splat(0);
        try caller.read(word(a[1]), std.mem.sliceAsBytes(narrow[0..known.count]));
        var wide: Words = undefined;
        for (narrow, &wide) |from, *to| to.* = from;
        return perform(known.call, wide, caller);
    }
    return .native;
}

fn perform(call: linux.SYS, a: Words, caller: core.Caller) core.Error!Step {
    const fd = descriptor(a[0]);
    return switch (call) {
        .socket => .{ .makes_socket = word(a[0]) },
        .connect => .{ .core = .{ .connect = .{ .fd = fd, .address = a[1], .length = word(a[2]) } } },
        .bind => .{ .core = .{ .bind = .{ .fd = fd, .address = a[1], .length = word(a[2]) } } },
        .listen => .{ .core = .{ .listen = .{ .fd = fd, .backlog = descriptor(a[1]) } } },
        .accept => translate.accept(a[0], a[1], a[2], 0),
        .accept4 => translate.accept(a[0], a[1], a[2], word(a[3])),
        .getsockname => translate.socketName(a[0], a[1], a[2], false),
        .getpeername => translate.socketName(a[0], a[1], a[2], true),
        .getsockopt => {
            const is_error = a[1] == linux.SOL.SOCKET and a[2] == linux.SO.ERROR;
            return if (is_error) .{ .socket_error = .{ .fd = fd, .buffer = a[3], .length = a[4] } } else .native;
        },
        else => messages.step(call, a, true, caller),
    };
}

fn descriptor(value: u64) i32 {
    return @bitCast(word(value));
}

fn word(value: u64) u32 {
    return @truncate(value);
}

//! The layer's core: decides what happens to a call, and talks to the internal proxy about it, without waiting for
//! anything. The doors (preload, supervisor) bring the calls and carry the messages.

const std = @import("std");
const calls = @import("call.zig");
const changing = @import("changing.zig");
const connecting = @import("connecting.zig");
const datagrams = @import("datagrams.zig");
const directories = @import("directories.zig");
const files = @import("files.zig");
const listening = @import("listening.zig");
const opening = @import("opening.zig");

pub const address = @import("address.zig");
/// What system calls that change files ask for.
pub const changes = @import("changes_by_number.zig");
pub const config = @import("config.zig");
pub const isStandIn = datagrams.isStandIn;
pub const expectsStandIns = datagrams.expectsStandIns;
pub const mayReceiveStandIns = datagrams.mayReceiveStandIns;
pub const names = @import("names.zig");
pub const layouts = @import("layouts.zig");
pub const metadata = @import("metadata.zig");
pub const executable = @import("executable.zig");
pub const panic = @import("panic.zig");
pub const program = @import("program.zig");
pub const rights = @import("rights.zig");
pub const rules = @import("rules.zig");
pub const system = @import("system.zig");
pub const Session = @import("session.zig").Session;
pub const Arguments = calls.Arguments;
pub const Call = calls.Call;
pub const Caller = calls.Caller;
pub const Errno = calls.Errno;
pub const Error = calls.Error;
pub const Outcome = calls.Outcome;
pub const Place = calls.Place;
pub const StatLayout = calls.StatLayout;
pub const FilesystemLayout = calls.FilesystemLayout;
pub const absoluteHere = directories.absoluteHere;
pub const nameInTarget = directories.nameIn;
pub const placesOf = changing.placesOf;
pub const opensForWriting = files.opensForWriting;
pub const OpenHow = @import("open_how.zig").OpenHow;
pub const path_limit = calls.path_limit;
pub const room_size = calls.room_size;

/// Begins a call.
pub fn start(call: *Call) Outcome {
    const outcome = switch (call.arguments) {
        .bind => listening.startBind(call),
        .listen => listening.startListen(call),
        .accepted => listening.startAccepted(call),
        .connect => connecting.start(call),
        .socket_name => names.startSocketName(call),
        .send_to => datagrams.startSendTo(call),
        .received => datagrams.startReceived(call),
        .socket_error => names.startSocketError(call),
        .uname => names.uname(call),
        else => if (changing.concerns(call.arguments)) changing.start(call) else files.start(call),
    };
    return outcome catch |problem| failed(call, problem);
}

/// Goes on with the reply frame's body.
pub fn finish(call: *Call, reply: []const u8) Outcome {
    const outcome = switch (call.state) {
        .begin => unreachable,
        .deciding => files.decided(call, reply),
        .resolving => changing.decided(call, reply),
        .opening => opening.opened(call, reply),
        .connecting => connecting.answered(call, reply),
        .establishing => connecting.established(call, reply),
        .routing => datagrams.routed(call, reply),
        .naming => datagrams.finishReceived(call, reply),
        .moving => listening.moved(call, reply),
        .finding => listening.found(call, reply),
        .binding, .subscribing => listening.confirmed(call, reply),
        .waiting => switch (call.arguments) {
            .accepted => listening.finishAccepted(call, reply),
            .socket_name => names.finishSocketName(call, reply),
            .socket_error => names.finishSocketError(call, reply),
            else => if (changing.concerns(call.arguments)) changing.finish(call, reply) else files.finish(call, reply),
        },
    };
    return outcome catch |problem| failed(call, problem);
}

/// Ends a call that waits for a reply, with an errno: the caller was interrupted or is gone, or the proxy is.
pub fn abandon(call: *Call, errno: Errno) Outcome {
    connecting.abandon(call);
    listening.abandon(call);
    return call.fail(errno);
}

/// What a call answers when the proxy can't be reached: never silently what is local instead of remote.
pub fn proxyGone(call: *const Call) Errno {
    return switch (call.arguments) {
        .connect, .send_to => .NETUNREACH,
        else => .IO,
    };
}

/// A problem with what the caller gave is left to the kernel, which knows the right answer.
fn failed(call: *Call, problem: Error) Outcome {
    return switch (problem) {
        error.Fault, error.TooLong, error.BadDescriptor, error.NotPermitted => {
            _ = abandon(call, .FAULT);
            return .local;
        },
        error.NoMemory => abandon(call, .NOMEM),
        error.NameTooLong => abandon(call, .NAMETOOLONG),
        error.Gone => abandon(call, proxyGone(call)),
    };
}

test {
    _ = @import("steps_test.zig");
    std.testing.refAllDecls(@This());
}

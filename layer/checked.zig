//! System calls whose failure is an error, and the end of a program of ours that cannot go on. For the launcher and the
//! supervisor, which link no libc; the core never ends the program it is in.
const std = @import("std");
const linux = std.os.linux;

pub const Error = error{SystemCall};

/// The errno of the last failed call, for messages.
pub var last_errno: linux.E = .SUCCESS;

/// Turns a raw result into a value, or keeps its errno in `last_errno`.
pub fn check(result: usize) Error!usize {
    const errno = linux.E.init(result);
    if (errno == .SUCCESS) return result;
    return failed(errno);
}

/// Keeps `errno` for whoever reports the error.
pub fn failed(errno: linux.E) Error {
    last_errno = errno;
    return error.SystemCall;
}

/// Ends this process with a reason on stderr. Exit code 1 is mirrord's code for every error but wrong usage.
pub fn die(comptime format: []const u8, arguments: anytype) noreturn {
    var buffer: [1024]u8 = undefined;
    const text = std.fmt.bufPrint(&buffer, "mirrord: " ++ format ++ "\n", arguments) catch "mirrord: failed\n";
    _ = linux.write(2, text.ptr, text.len);
    linux.exit_group(1);
}

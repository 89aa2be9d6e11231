//! What a failed safety check does inside other people's programs: in a build with checks it says which, and ends the
//! program; any other build has no checks, prints nothing and unwinds nothing.

const std = @import("std");
const linux = std.os.linux;

pub const handler = if (std.debug.runtime_safety) std.debug.FullPanic(tell) else std.debug.no_panic;

fn tell(message: []const u8, address: ?usize) noreturn {
    @branchHint(.cold);
    var buffer: [256]u8 = undefined;
    const text = std.fmt.bufPrint(&buffer, "mirrord: a check of the layer failed: {s} (at {x})\n", .{
        message[0..@min(message.len, 160)],
        address orelse @returnAddress(),
    }) catch "mirrord: a check of the layer failed\n";
    _ = linux.write(2, text.ptr, text.len);
    @trap();
}

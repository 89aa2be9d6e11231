//! The front of a compiled file under the stand-in: becomes Deno, which runs the stand-in's script on this very file.
const std = @import("std");
const linux = std.os.linux;
/// `deno`, `script`, `cache`: paths, written by `stand_in.ts` when it builds this program.
const paths = @import("paths.zig");

pub fn main() !void {
    var buffer: [std.fs.max_path_bytes:0]u8 = undefined;
    const self = try std.fs.readLinkAbsolute("/proc/self/exe", &buffer);
    buffer[self.len] = 0;
    const flags = [_]?[*:0]const u8{ paths.deno, "run", "-A", "--quiet", "--no-config", "--no-lock", paths.script, paths.cache, &buffer };
    var argv: [256:null]?[*:0]const u8 = @splat(null);
    if (std.os.argv.len - 1 > argv.len - flags.len) return error.TooManyArguments;
    @memcpy(argv[0..flags.len], &flags);
    for (std.os.argv[1..], argv[flags.len..][0 .. std.os.argv.len - 1]) |argument, *slot| slot.* = argument;
    _ = linux.execve(paths.deno, &argv, @ptrCast(std.os.environ.ptr));
    return error.CannotExecute;
}

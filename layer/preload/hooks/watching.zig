//! inotify_add_watch(2): what stands for the remote file here changes as that does.

const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const Path = native.Path;

const AddWatch = *const fn (c_int, Path, u32) callconv(.c) c_int;

pub fn asked(fd: c_int, path: Path, mask: u32) core.Arguments {
    return .{ .watch = .{ .fd = fd, .path = @intFromPtr(path), .mask = mask } };
}

fn addWatch(fd: c_int, path: Path, mask: u32) callconv(.c) c_int {
    return door.perform("inotify_add_watch", AddWatch, asked(fd, path, mask), .{ fd, path, mask });
}

comptime {
    @export(&addWatch, .{ .name = "inotify_add_watch" });
}

//! pathconf(3): what holds for names and links where a path leads. libc asks the file system inside it.

const core = @import("core");
const door = @import("../door.zig");
const filesystem = @import("filesystem.zig");
const native = @import("../native.zig");
const Path = native.Path;

const PathConf = *const fn (Path, c_int) callconv(.c) c_long;

/// _PC_NAME_MAX. The other answers are the same for every file system that a target may have.
const name_max = 3;

fn pathconf(path: Path, name: c_int) callconv(.c) c_long {
    var v: door.Visit = undefined;
    defer v.end();
    var remote: core.metadata.Filesystem = undefined;
    switch (filesystem.visit(&v, path, &remote)) {
        .local => return native.call("pathconf", PathConf, .{ v.path(path), name }),
        .value => |value| if (value < 0) return native.result(c_long, value),
    }
    return if (name == name_max) @intCast(remote.name_limit) else native.call("pathconf", PathConf, .{ "/", name });
}

comptime {
    @export(&pathconf, .{ .name = "pathconf" });
}

//! The scripts that a process was started with: code of this machine, named by absolute paths among its arguments.

const std = @import("std");
const rules = @import("rules.zig");

/// Copies, since programs overwrite their arguments (to show a title). What has no room is not kept.
pub const Scripts = struct {
    /// Paths, each with its NUL.
    bytes: [1024]u8 = undefined,
    length: usize = 0,

    pub fn add(self: *Scripts, path: []const u8) void {
        if (path.len >= self.bytes.len - self.length) return;
        @memcpy(self.bytes[self.length..][0..path.len], path);
        self.bytes[self.length + path.len] = 0;
        self.length += path.len + 1;
    }

    /// Whether `path` is one of them, or a directory that leads to one.
    pub fn leadsTo(self: *const Scripts, path: []const u8) bool {
        if (self.length == 0) return false;
        var paths = std.mem.tokenizeScalar(u8, self.bytes[0..self.length], 0);
        while (paths.next()) |script| if (rules.isOnTheWayTo(path, script)) return true;
        return false;
    }
};

test "the way to each script, as long as there is room" {
    var scripts = Scripts{};
    try std.testing.expect(!scripts.leadsTo("/srv"));
    scripts.add("/srv/app/index.js");
    scripts.add("/data/" ++ "x" ** 2000);
    scripts.add("/opt/tool.py");
    for ([_][]const u8{ "/srv", "/srv/app", "/srv/app/index.js", "/opt" }) |path| try std.testing.expect(scripts.leadsTo(path));
    for ([_][]const u8{ "/", "/data", "/srv/app/other.js", "/srv/ap" }) |path| try std.testing.expect(!scripts.leadsTo(path));
}

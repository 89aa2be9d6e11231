//! opendir(3) and scandir(3): of a remote directory, the native function opens its shadow.

const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const opening = @import("opening.zig");
const Path = native.Path;

const Directory = ?*anyopaque;
const Open = *const fn (Path) callconv(.c) Directory;
const Scan = *const fn (Path, ?*anyopaque, ?*anyopaque, ?*anyopaque) callconv(.c) c_int;

const ScanAt = *const fn (c_int, Path, ?*anyopaque, ?*anyopaque, ?*anyopaque) callconv(.c) c_int;

fn visit(v: *door.Visit, path: Path) door.Result {
    return v.start(.{ .open_directory = .{ .path = @intFromPtr(path) } });
}

pub fn opendir(path: Path) callconv(.c) Directory {
    var v: door.Visit = undefined;
    defer v.end();
    switch (visit(&v, path)) {
        .local => return native.call("opendir", Open, .{v.path(path)}),
        .value => |value| {
            _ = native.result(c_int, value);
            return null;
        },
    }
}

fn scandir(comptime name: [:0]const u8) Scan {
    return struct {
        fn hook(path: Path, entries: ?*anyopaque, filter: ?*anyopaque, order: ?*anyopaque) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            return switch (visit(&v, path)) {
                .local => native.call(name, Scan, .{ v.path(path), entries, filter, order }),
                .value => |value| native.result(c_int, value),
            };
        }
    }.hook;
}

/// The directory is opened first, since only open(2) knows of others that it may be relative to.
fn scandirAt(comptime name: [:0]const u8) ScanAt {
    return struct {
        fn hook(
            directory: c_int,
            path: Path,
            entries: ?*anyopaque,
            filter: ?*anyopaque,
            order: ?*anyopaque,
        ) callconv(.c) c_int {
            var v: door.Visit = undefined;
            defer v.end();
            const flags: c_int = @bitCast(core.system.O.DIRECTORY | core.system.O.CLOEXEC);
            const opened = switch (opening.visit(&v, directory, path, flags, 0)) {
                .local => return native.call(name, ScanAt, .{ directory, v.path(path), entries, filter, order }),
                .value => |value| native.result(c_int, value),
            };
            if (opened < 0) return -1;
            defer core.system.close(opened);
            return native.call(name, ScanAt, .{ opened, ".", entries, filter, order });
        }
    }.hook;
}

comptime {
    @export(&opendir, .{ .name = "opendir" });
    for (.{ "scandir", "scandir64" }) |name| @export(scandir(name), .{ .name = name });
    for (.{ "scandirat", "scandirat64" }) |name| @export(scandirAt(name), .{ .name = name });
}

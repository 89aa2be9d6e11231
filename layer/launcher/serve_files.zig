//! A file system whose files are answered by the internal proxy (FUSE), mounted nowhere: whoever may look into the proxy
//! opens its files through the descriptor of its root. Making one takes rights that an ordinary user has only in
//! namespaces of their own; the file system outlives those, and this process, which hands over two descriptors and ends.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");

/// linux/mount.h
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const MOUNT_ATTR_NOSUID = 2;
const MOUNT_ATTR_NODEV = 4;

const Number = [20:0]u8;

/// Says "DEVICE ROOT" on standard output, the numbers of both descriptors, and waits until they were taken: the end of
/// standard input. Otherwise dies with the reason on standard error.
pub fn run() !void {
    const uid = linux.getuid();
    const gid = linux.getgid();
    const is_privileged = maySetUp();
    if (!is_privileged) try enterNamespaces(uid, gid);
    // The kernel wants both to be opened in one user namespace.
    const device: i32 = @intCast(try named("open /dev/fuse", linux.open("/dev/fuse", .{ .ACCMODE = .RDWR, .CLOEXEC = true }, 0)));
    const root = try makeRoot(device, uid, gid, is_privileged);
    var line: [64]u8 = undefined;
    const said = std.fmt.bufPrint(&line, "{d} {d}\n", .{ device, root }) catch unreachable;
    _ = linux.write(1, said.ptr, said.len);
    _ = linux.read(0, &line, line.len);
}

fn maySetUp() bool {
    const opened = linux.syscall2(.fsopen, @intFromPtr("fuse"), FSOPEN_CLOEXEC);
    if (linux.E.init(opened) != .SUCCESS) return false;
    _ = linux.close(@intCast(opened));
    return true;
}

fn enterNamespaces(uid: u32, gid: u32) !void {
    _ = try named("unshare", linux.unshare(linux.CLONE.NEWUSER | linux.CLONE.NEWNS));
    var line: [64]u8 = undefined;
    try put("/proc/self/setgroups", "deny");
    try put("/proc/self/uid_map", std.fmt.bufPrint(&line, "{d} {d} 1", .{ uid, uid }) catch unreachable);
    try put("/proc/self/gid_map", std.fmt.bufPrint(&line, "{d} {d} 1", .{ gid, gid }) catch unreachable);
}

fn put(path: [:0]const u8, content: []const u8) !void {
    const fd: i32 = @intCast(try named(path, linux.open(path, .{ .ACCMODE = .WRONLY, .CLOEXEC = true }, 0)));
    defer _ = linux.close(fd);
    _ = try named(path, linux.write(fd, content.ptr, content.len));
}

/// `for_all`: also for processes that have changed their user. In a user namespace nobody outside of it would count as all.
fn makeRoot(device: i32, uid: u32, gid: u32, for_all: bool) !usize {
    const context = try named("fsopen", linux.syscall2(.fsopen, @intFromPtr("fuse"), FSOPEN_CLOEXEC));
    var number: Number = undefined;
    try set(context, "source", "mirrord");
    try set(context, "fd", text(&number, "{d}", @intCast(device)));
    try set(context, "rootmode", text(&number, "{o}", linux.S.IFDIR));
    try set(context, "user_id", text(&number, "{d}", uid));
    try set(context, "group_id", text(&number, "{d}", gid));
    if (for_all) _ = try named("allow_other", configure(context, FSCONFIG_SET_FLAG, "allow_other", null));
    _ = try named("fsconfig", configure(context, FSCONFIG_CMD_CREATE, null, null));
    const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    return try named("fsmount", linux.syscall3(.fsmount, context, FSMOUNT_CLOEXEC, attributes));
}

fn set(context: usize, key: [*:0]const u8, value: [*:0]const u8) !void {
    _ = try named(std.mem.span(key), configure(context, FSCONFIG_SET_STRING, key, value));
}

fn configure(context: usize, command: usize, key: ?[*:0]const u8, value: ?[*:0]const u8) usize {
    return linux.syscall5(.fsconfig, context, command, @intFromPtr(key), @intFromPtr(value), 0);
}

fn text(into: *Number, comptime format: []const u8, value: u32) [*:0]const u8 {
    return std.fmt.bufPrintZ(into, format, .{value}) catch unreachable;
}

fn named(what: []const u8, result: usize) !usize {
    return checked.check(result) catch checked.die("no file system can be made: {s}: {t}", .{ what, checked.last_errno });
}

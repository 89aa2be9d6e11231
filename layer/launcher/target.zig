//! Which process is the target.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const system = @import("system.zig");
const options = @import("options.zig");

/// The pid in our process namespace, or null for a targetless agent. Dies with a reason when there is none.
pub fn find(allocator: std.mem.Allocator, target: options.Target) !?u32 {
    switch (target) {
        .targetless => return null,
        .ephemeral => return 1,
        .pid => |pid| {
            const path = try std.fmt.allocPrintSentinel(allocator, "/proc/{d}/ns/net", .{pid}, 0);
            if (linux.E.init(linux.access(path, linux.F_OK)) == .SUCCESS) return pid;
            checked.die("no process {d}, or its namespaces may not be seen by this user", .{pid});
        },
        .container_id, .ephemeral_container_id => |id| return try ofContainer(allocator, id) orelse
            checked.die("no process of container {s} on this node: it has ended, or the agent does not share the host's processes", .{id}),
    }
}

/// The first process of a container: the one with the lowest pid whose cgroup path holds the id.
fn ofContainer(allocator: std.mem.Allocator, id: []const u8) !?u32 {
    var proc = try std.fs.openDirAbsolute("/proc", .{ .iterate = true });
    defer proc.close();
    var lowest: ?u32 = null;
    var entries = proc.iterate();
    while (try entries.next()) |entry| {
        const pid = std.fmt.parseInt(u32, entry.name, 10) catch continue;
        if (lowest != null and lowest.? < pid) continue;
        const path = try std.fmt.allocPrintSentinel(allocator, "/proc/{d}/cgroup", .{pid}, 0);
        const cgroup = system.readFile(allocator, path, 64 << 10) catch continue;
        if (holdsContainer(cgroup, id)) lowest = pid;
    }
    return lowest;
}

/// What podman and CRI-O watch a container from has a control group with its id too.
const monitor_prefix = "conmon-";

/// Whether some path of a /proc/PID/cgroup names the container itself (not one that merely begins with its id).
fn holdsContainer(cgroup: []const u8, id: []const u8) bool {
    if (id.len == 0) return false;
    var rest = cgroup;
    while (std.mem.indexOf(u8, rest, id)) |index| : (rest = rest[index + id.len ..]) {
        if (std.mem.endsWith(u8, rest[0..index], monitor_prefix)) continue;
        const after = index + id.len;
        if (after == rest.len or !std.ascii.isHex(rest[after])) return true;
    }
    return false;
}

test "a container is found by its whole id" {
    const cgroup = "4:memory:/kubepods/burstable/podab-cd/cri-containerd-0123abcd.scope\n";
    try std.testing.expect(holdsContainer(cgroup, "0123abcd"));
    try std.testing.expect(!holdsContainer(cgroup, "0123ab"));
    try std.testing.expect(!holdsContainer(cgroup, "ffff"));
    try std.testing.expect(!holdsContainer(cgroup, ""));
}

test "a container's monitor is not in it" {
    try std.testing.expect(holdsContainer("0::/machine.slice/libpod-0123abcd.scope/container\n", "0123abcd"));
    try std.testing.expect(!holdsContainer("0::/machine.slice/libpod-conmon-0123abcd.scope\n", "0123abcd"));
    try std.testing.expect(!holdsContainer("0::/kubepods.slice/crio-conmon-0123abcd.scope\n", "0123abcd"));
}

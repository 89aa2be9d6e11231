//! Files that raise the rights of whoever executes them (set-user-id, set-group-id, file capabilities): the loader takes no
//! library from the environment then. Only root's supervisor can stand beside such a program.

const std = @import("std");
const linux = std.os.linux;
const system = @import("system.zig");

/// What executing the open file would do to this process.
pub fn areRaisedBy(fd: i32) bool {
    var stat: linux.Stat = undefined;
    if (system.fstat(fd, &stat) < 0) return true;
    const user = linux.getuid();
    const group = linux.getgid();
    var new_user = linux.geteuid();
    var new_group = linux.getegid();
    const group_executes = linux.S.ISGID | linux.S.IXGRP;
    if (!gainsNothing()) {
        if (stat.mode & linux.S.ISUID != 0) new_user = stat.uid;
        if (stat.mode & group_executes == group_executes) new_group = stat.gid;
        if (user != 0 and hasCapabilities(fd)) return true;
    }
    return new_user != user or new_group != group;
}

fn hasCapabilities(fd: i32) bool {
    const result: isize = @bitCast(linux.fgetxattr(fd, "security.capability", undefined, 0));
    return result > 0;
}

/// PR_SET_NO_NEW_PRIVS is on.
fn gainsNothing() bool {
    const get_no_new_privileges = 39;
    return linux.prctl(get_no_new_privileges, 0, 0, 0, 0) == 1;
}

const Header = extern struct { version: u32, pid: i32 };
const Data = extern struct { effective: u32, permitted: u32, inheritable: u32 };

/// Whether this process may watch system calls without giving up that its children gain rights (CAP_SYS_ADMIN).
pub fn maySupervise() bool {
    const third_version = 0x20080522;
    const sys_admin = 21;
    var header = Header{ .version = third_version, .pid = 0 };
    var data: [2]Data = undefined;
    if (linux.E.init(linux.syscall2(.capget, @intFromPtr(&header), @intFromPtr(&data))) != .SUCCESS) return false;
    return data[0].effective & (1 << sys_admin) != 0;
}

test "ordinary files raise nothing" {
    const opened = system.openat(system.AT_FDCWD, "/proc/self/exe", system.O.CLOEXEC, 0);
    try std.testing.expect(opened >= 0);
    defer system.close(@intCast(opened));
    try std.testing.expect(!areRaisedBy(@intCast(opened)));
}

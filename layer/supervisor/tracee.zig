//! The caller as the core sees it, when it is another process: its memory by process_vm_readv/writev, its descriptors by
//! pidfd_getfd, which gives its own open file description, so that flags, epoll registrations and offsets stay one.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const processes = @import("processes.zig");

/// Kernel 6.9: a pidfd of a thread. Before, the thread's group must be looked up.
const pidfd_thread = 0o200;
const page_size = 4096;

pub const Tracee = struct {
    tid: u32,
    /// For the core's request, which must stay in place while the call waits; and for copies of the call's strings.
    room: *[core.room_size]u8,
    strings: *[2][core.path_limit]u8,
    strings_read: u1 = 0,

    pub fn caller(self: *Tracee) core.Caller {
        return .{ .context = self, .vtable = &vtable };
    }

    const vtable = core.Caller.VTable{
        .read = read,
        .write = write,
        .string = string,
        .room = giveRoom,
        .borrow = borrow,
        .release = release,
        .umask = umask,
        .workingDirectory = workingDirectory,
    };

    fn of(context: *anyopaque) *Tracee {
        return @ptrCast(@alignCast(context));
    }

    fn read(context: *anyopaque, at: usize, into: []u8) core.Error!void {
        if (of(context).readSome(at, into) != into.len) return error.Fault;
    }

    fn readSome(self: *Tracee, at: usize, into: []u8) usize {
        const local = [_]std.posix.iovec{.{ .base = into.ptr, .len = into.len }};
        const remote = [_]std.posix.iovec_const{.{ .base = @ptrFromInt(@max(at, 1)), .len = into.len }};
        const result = linux.process_vm_readv(@intCast(self.tid), &local, &remote, 0);
        return if (linux.E.init(result) == .SUCCESS) result else 0;
    }

    fn write(context: *anyopaque, at: usize, bytes: []const u8) core.Error!void {
        if (bytes.len == 0) return;
        const local = [_]std.posix.iovec_const{.{ .base = bytes.ptr, .len = bytes.len }};
        const remote = [_]std.posix.iovec_const{.{ .base = @ptrFromInt(@max(at, 1)), .len = bytes.len }};
        const result = linux.process_vm_writev(@intCast(of(context).tid), &local, &remote, 0);
        if (linux.E.init(result) != .SUCCESS or result != bytes.len) return error.Fault;
    }

    /// Page by page: the string may end right before memory that is not there.
    fn string(context: *anyopaque, at: usize) core.Error![:0]const u8 {
        if (at == 0) return error.Fault;
        const self = of(context);
        const scratch: []u8 = &self.strings[self.strings_read];
        self.strings_read +%= 1;
        var length: usize = 0;
        while (length < scratch.len) {
            const in_page = page_size - (at + length) % page_size;
            const piece = scratch[length..][0..@min(in_page, scratch.len - length)];
            const got = self.readSome(at + length, piece);
            if (got == 0) return error.Fault;
            if (std.mem.indexOfScalar(u8, piece[0..got], 0)) |end| return scratch[0 .. length + end :0];
            length += got;
        }
        return error.TooLong;
    }

    fn giveRoom(context: *anyopaque) core.Error![]u8 {
        return of(context).room;
    }

    fn borrow(context: *anyopaque, fd: i32) core.Error!i32 {
        if (fd < 0) return error.BadDescriptor;
        const process = of(context).open() orelse return error.NotPermitted;
        defer _ = linux.close(process);
        const result = linux.pidfd_getfd(process, fd, 0);
        return switch (linux.E.init(result)) {
            .SUCCESS => @intCast(result),
            .BADF => error.BadDescriptor,
            else => error.NotPermitted,
        };
    }

    fn release(_: *anyopaque, borrowed: i32) void {
        _ = linux.close(borrowed);
    }

    fn umask(context: *anyopaque) u32 {
        var path: [32]u8 = undefined;
        return core.system.umaskOf(std.fmt.bufPrintZ(&path, "/proc/{d}/status", .{of(context).tid}) catch unreachable);
    }

    fn workingDirectory(context: *anyopaque, into: []u8) core.Error!?[]const u8 {
        var path: [32]u8 = undefined;
        const link = std.fmt.bufPrintZ(&path, "/proc/{d}/cwd", .{of(context).tid}) catch unreachable;
        const name = core.system.readLink(link, into) orelse return null;
        // One that was removed has no name; what the link then says is no path.
        var stat: linux.Stat = undefined;
        const is_there = core.system.fstatat(linux.AT.FDCWD, link, &stat, 0) == 0 and stat.nlink > 0;
        return if (is_there) name else null;
    }

    fn open(self: *Tracee) ?i32 {
        const thread = linux.pidfd_open(@intCast(self.tid), pidfd_thread);
        if (linux.E.init(thread) == .SUCCESS) return @intCast(thread);
        const process = linux.pidfd_open(@intCast(processes.groupOf(self.tid) orelse return null), 0);
        return if (linux.E.init(process) == .SUCCESS) @intCast(process) else null;
    }
};

//! System calls, raw: no libc, no errno variable. A result below zero is −errno.

const std = @import("std");
const linux = std.os.linux;

pub const AT_FDCWD: i32 = -100;
pub const AT_EACCESS: u32 = 0x200;
const F_DUPFD_CLOEXEC = 1030;

/// The flags of open(2) that the layer looks at, as numbers of this architecture.
pub const O = struct {
    pub const ACCMODE: u32 = 3;
    pub const RDONLY: u32 = 0;
    pub const WRONLY: u32 = 1;
    pub const RDWR: u32 = 2;
    pub const CREAT: u32 = 0o100;
    pub const EXCL: u32 = 0o200;
    pub const TRUNC: u32 = 0o1000;
    pub const APPEND: u32 = 0o2000;
    pub const NONBLOCK: u32 = 0o4000;
    pub const CLOEXEC: u32 = 0o2000000;
    pub const DIRECTORY: u32 = flag("DIRECTORY");
    pub const NOFOLLOW: u32 = flag("NOFOLLOW");
    pub const PATH: u32 = 0o10000000;
    pub const TMPFILE: u32 = 0o20000000 | DIRECTORY;

    fn flag(comptime name: []const u8) u32 {
        var flags: linux.O = .{};
        @field(flags, name) = true;
        return @bitCast(flags);
    }
};

fn signed(result: usize) isize {
    return @bitCast(result);
}
fn number(fd: i32) usize {
    return @bitCast(@as(isize, fd));
}

pub fn openat(directory: i32, path: [*:0]const u8, flags: u32, mode: u32) isize {
    return signed(linux.syscall4(.openat, number(directory), @intFromPtr(path), flags, mode));
}
pub fn inotifyAddWatch(fd: i32, path: [*:0]const u8, mask: u32) isize {
    return signed(linux.syscall3(.inotify_add_watch, number(fd), @intFromPtr(path), mask));
}
pub fn close(fd: i32) void {
    _ = linux.syscall1(.close, number(fd));
}
pub fn read(fd: i32, into: []u8) isize {
    return signed(linux.syscall3(.read, number(fd), @intFromPtr(into.ptr), into.len));
}
pub fn pread(fd: i32, into: []u8, offset: u64) isize {
    return signed(linux.syscall4(.pread64, number(fd), @intFromPtr(into.ptr), into.len, offset));
}
pub fn write(fd: i32, bytes: []const u8) isize {
    return signed(linux.syscall3(.write, number(fd), @intFromPtr(bytes.ptr), bytes.len));
}
pub fn fstat(fd: i32, into: *linux.Stat) isize {
    return signed(linux.fstat(fd, into));
}
/// `st_dev` of an open file.
pub fn deviceOf(fd: i32) ?u64 {
    var stat: linux.Stat = undefined;
    return if (fstat(fd, &stat) < 0) null else stat.dev;
}
pub fn fstatat(directory: i32, path: [*:0]const u8, into: *linux.Stat, flags: u32) isize {
    return signed(linux.fstatat(directory, path, into, flags));
}
pub fn faccessat(directory: i32, path: [*:0]const u8, mode: u32, flags: u32) isize {
    return signed(linux.faccessat(directory, path, mode, flags));
}
/// The text of a symbolic link; null if it can't be read, or fills `into`.
pub fn readLink(path: [*:0]const u8, into: []u8) ?[]const u8 {
    const length = signed(linux.readlink(path, into.ptr, into.len));
    return if (length <= 0 or length == into.len) null else into[0..@intCast(length)];
}
/// The kernel's name of the working directory; null if it has none (any more), or `into` is too small for it.
pub fn workingDirectory(into: []u8) ?[]const u8 {
    const length = signed(linux.getcwd(into.ptr, into.len));
    return if (length <= 1) null else into[0..@intCast(length - 1)];
}
pub fn memfdCreate(name: [*:0]const u8, flags: u32) isize {
    return signed(linux.memfd_create(name, flags));
}
pub fn fcntl(fd: i32, command: u32, argument: usize) isize {
    return signed(linux.syscall3(.fcntl, number(fd), command, argument));
}
/// Takes the close-on-exec flag away.
pub fn inherit(fd: i32) void {
    _ = fcntl(fd, linux.F.SETFD, 0);
}
/// Whether `fd` is open for writing.
pub fn mayWrite(fd: i32) bool {
    const flags = fcntl(fd, linux.F.GETFL, 0);
    return flags >= 0 and @as(u32, @intCast(flags)) & O.ACCMODE != O.RDONLY;
}
/// A duplicate at `lowest` or above, close-on-exec.
pub fn duplicateAbove(fd: i32, lowest: u32) isize {
    return fcntl(fd, F_DUPFD_CLOEXEC, lowest);
}
/// A duplicate out of the way of the numbers that programs expect to be given or close by themselves; null if the limit
/// of open files leaves no room there.
pub fn duplicateHigh(fd: i32) ?i32 {
    for ([_]u32{ 700, 200, 50 }) |lowest| {
        const result = duplicateAbove(fd, lowest);
        if (result >= 0) return @intCast(result);
    }
    return null;
}

pub fn socket(domain: u32, kind: u32, protocol: u32) isize {
    return signed(linux.socket(domain, kind, protocol));
}
pub fn connect(fd: i32, address: []const u8) isize {
    return signed(linux.syscall3(.connect, number(fd), @intFromPtr(address.ptr), address.len));
}
pub fn bind(fd: i32, address: []const u8) isize {
    return signed(linux.syscall3(.bind, number(fd), @intFromPtr(address.ptr), address.len));
}
/// Gives a unix socket a name of the kernel's choice, which no other has as long as it lives: the peer can tell who we are.
pub fn bindToAny(fd: i32) void {
    const family: u16 = linux.AF.UNIX;
    _ = bind(fd, std.mem.asBytes(&family));
}
pub fn listen(fd: i32, backlog: i32) isize {
    return signed(linux.syscall2(.listen, number(fd), number(backlog)));
}
/// Writes the name to `into` and its length to `length` (which comes in as the room).
pub fn getsockname(fd: i32, into: [*]u8, length: *u32) isize {
    return signed(linux.syscall3(.getsockname, number(fd), @intFromPtr(into), @intFromPtr(length)));
}
pub fn getpeername(fd: i32, into: [*]u8, length: *u32) isize {
    return signed(linux.syscall3(.getpeername, number(fd), @intFromPtr(into), @intFromPtr(length)));
}
/// A socket option of a fixed size; null if the kernel refuses.
pub fn socketOption(comptime T: type, fd: i32, level: u32, option: u32) ?T {
    var value: T = undefined;
    var length: u32 = @sizeOf(T);
    const result = signed(linux.syscall5(
        .getsockopt,
        number(fd),
        level,
        option,
        @intFromPtr(&value),
        @intFromPtr(&length),
    ));
    return if (result < 0) null else value;
}
pub fn setSocketOption(fd: i32, level: u32, option: u32, value: u32) void {
    _ = linux.syscall5(.setsockopt, number(fd), level, option, @intFromPtr(&value), @sizeOf(u32));
}
/// The kernel's identity of a socket, never used twice while the machine runs; null if `fd` is no socket.
pub fn socketCookie(fd: i32) ?u64 {
    return socketOption(u64, fd, linux.SOL.SOCKET, 57);
}
/// As the cookie, but known also where the kernel (or an emulator) tells none: the inode, which may be used again.
pub fn socketIdentity(fd: i32) ?u64 {
    if (socketCookie(fd)) |cookie| return cookie;
    var stat: linux.Stat = undefined;
    if (fstat(fd, &stat) < 0 or stat.mode & linux.S.IFMT != linux.S.IFSOCK) return null;
    return stat.ino;
}
/// Sends several pieces as one message; a closed other side is an error, not SIGPIPE.
pub fn sendParts(fd: i32, parts: []const std.posix.iovec_const) isize {
    const message = linux.msghdr_const{
        .name = null,
        .namelen = 0,
        .iov = parts.ptr,
        .iovlen = parts.len,
        .control = null,
        .controllen = 0,
        .flags = 0,
    };
    return signed(linux.syscall3(.sendmsg, number(fd), @intFromPtr(&message), linux.MSG.NOSIGNAL));
}
pub fn receive(fd: i32, into: []u8, flags: u32) isize {
    return signed(linux.syscall6(.recvfrom, number(fd), @intFromPtr(into.ptr), into.len, flags, 0, 0));
}
const Rights = extern struct { length: usize, level: i32, kind: i32, descriptor: i32, padding: i32 };
const rights_length = @offsetOf(Rights, "padding");
const scm_rights = 1;

/// As `receive`, without waiting. A descriptor that comes along goes to `attached` (close-on-exec), in place of one there.
pub fn receiveAttached(fd: i32, into: []u8, attached: *i32) isize {
    var part = [1]std.posix.iovec{.{ .base = into.ptr, .len = into.len }};
    var rights: Rights = undefined;
    var message = linux.msghdr{
        .name = null,
        .namelen = 0,
        .iov = &part,
        .iovlen = 1,
        .control = &rights,
        .controllen = @sizeOf(Rights),
        .flags = 0,
    };
    const result = signed(linux.recvmsg(fd, &message, linux.MSG.DONTWAIT | linux.MSG.CMSG_CLOEXEC));
    if (result < 0 or message.controllen < rights_length) return result;
    if (rights.level != linux.SOL.SOCKET or rights.kind != scm_rights) return result;
    if (attached.* >= 0) close(attached.*);
    attached.* = rights.descriptor;
    return result;
}
/// Waits until `fd` has `events` (poll(2) bits); `timeout_ms` < 0 waits for ever. Signals of the caller interrupt it.
pub fn poll(fd: i32, events: i16, timeout_ms: i32) isize {
    var entry = [1]linux.pollfd{.{ .fd = fd, .events = events, .revents = 0 }};
    var limit = linux.timespec{ .sec = @divTrunc(timeout_ms, 1000), .nsec = @rem(timeout_ms, 1000) * 1_000_000 };
    const until: usize = if (timeout_ms < 0) 0 else @intFromPtr(&limit);
    return signed(linux.syscall5(.ppoll, @intFromPtr(&entry), 1, until, 0, 8));
}
/// The umask of the process or thread whose /proc/…/status is at `path`; 0o022 where /proc does not tell. umask(2) itself
/// tells only by changing it, for all threads.
pub fn umaskOf(path: [*:0]const u8) u32 {
    const usual = 0o022;
    const opened = openat(AT_FDCWD, path, O.CLOEXEC, 0);
    if (opened < 0) return usual;
    defer close(@intCast(opened));
    var buffer: [256]u8 = undefined;
    const length = read(@intCast(opened), &buffer);
    return if (length < 0) usual else parseUmask(buffer[0..@intCast(length)]) orelse usual;
}

fn parseUmask(status: []const u8) ?u32 {
    const label = "\nUmask:\t";
    const start = (std.mem.indexOf(u8, status, label) orelse return null) + label.len;
    const end = std.mem.indexOfScalarPos(u8, status, start, '\n') orelse return null;
    return std.fmt.parseInt(u32, status[start..end], 8) catch null;
}

pub fn pid() u32 {
    return @intCast(linux.getpid());
}

/// Anonymous zeroed memory; null if there is none.
pub fn allocate(size: usize) ?[]align(4096) u8 {
    const flags: linux.MAP = .{ .TYPE = .PRIVATE, .ANONYMOUS = true };
    const result = linux.mmap(null, size, linux.PROT.READ | linux.PROT.WRITE, flags, -1, 0);
    if (signed(result) < 0 and signed(result) > -4096) return null;
    return @as([*]align(4096) u8, @ptrFromInt(result))[0..size];
}
pub fn free(memory: []align(4096) const u8) void {
    _ = linux.munmap(memory.ptr, memory.len);
}

test "the umask is the second line of a status" {
    try std.testing.expectEqual(@as(?u32, 0o27), parseUmask("Name:\tx\nUmask:\t0027\nState:\tR\n"));
    try std.testing.expectEqual(@as(?u32, null), parseUmask("Name:\tx\n"));
    try std.testing.expect(umaskOf("/proc/self/status") <= 0o777);
}

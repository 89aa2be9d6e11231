//! One call of the program, as the core sees it: what was asked, whose memory and descriptors it is about, and how far
//! the answer has come. The two doors (preload, supervisor) make a `Call`, hand it to `core.start`, and do what the
//! `Outcome` says until it is `local`, `answer` or `descriptor`. The core never waits: whatever takes time is between
//! two steps, in the door's hands.

const std = @import("std");
const linux = std.os.linux;
const Session = @import("session.zig").Session;
const address = @import("address.zig");
const changing = @import("changing.zig");
const connecting = @import("connecting.zig");
const directories = @import("directories.zig");
const listening = @import("listening.zig");
const routes = @import("routes.zig");
const system = @import("system.zig");

/// An errno of Linux, positive.
pub const Errno = linux.E;
/// `Gone`: the internal proxy can't be reached. `NameTooLong`: a path of the target's would be; `TooLong`: what the caller
/// gave is, which the kernel finds itself.
pub const Error = error{ Fault, TooLong, NameTooLong, BadDescriptor, NotPermitted, NoMemory, Gone };

/// The process that made the call. The preload door stands in the same process: addresses are pointers, descriptors are
/// its own. The supervisor door reads and writes another process's memory and takes duplicates of its descriptors.
pub const Caller = struct {
    context: *anyopaque,
    vtable: *const VTable,

    pub const VTable = struct {
        read: *const fn (*anyopaque, at: usize, into: []u8) Error!void,
        write: *const fn (*anyopaque, at: usize, bytes: []const u8) Error!void,
        /// The NUL-terminated string at `at`, shorter than `path_limit`: in place if that is possible, else a copy that lives
        /// until the call has ended. Asked for once per call and path.
        string: *const fn (*anyopaque, at: usize) Error![:0]const u8,
        /// At least `room_size` bytes that stay in place until the call has ended, for the request. Asked for once, and
        /// only by a call that is not simply local: a door may connect to the proxy here.
        room: *const fn (*anyopaque) Error![]u8,
        /// A descriptor of this process for the caller's `fd` (the same open file description).
        borrow: *const fn (*anyopaque, fd: i32) Error!i32,
        /// Gives a borrowed descriptor back.
        release: *const fn (*anyopaque, borrowed: i32) void,
        /// The caller's umask.
        umask: *const fn (*anyopaque) u32,
        /// The kernel's name of the caller's working directory; null if it has none, or `into` is too small for it.
        workingDirectory: *const fn (*anyopaque, into: []u8) Error!?[]const u8,
    };

    pub fn read(self: Caller, at: usize, into: []u8) Error!void {
        return self.vtable.read(self.context, at, into);
    }
    /// Reads a plain value (`extern struct`, integer).
    pub fn load(self: Caller, comptime T: type, at: usize) Error!T {
        var value: T = undefined;
        try self.read(at, std.mem.asBytes(&value));
        return value;
    }
    pub fn write(self: Caller, at: usize, bytes: []const u8) Error!void {
        return self.vtable.write(self.context, at, bytes);
    }
    pub fn string(self: Caller, at: usize) Error![:0]const u8 {
        return self.vtable.string(self.context, at);
    }
    pub fn borrow(self: Caller, fd: i32) Error!i32 {
        return self.vtable.borrow(self.context, fd);
    }
    pub fn release(self: Caller, borrowed: i32) void {
        self.vtable.release(self.context, borrowed);
    }
    pub fn workingDirectory(self: Caller, into: []u8) Error!?[]const u8 {
        return self.vtable.workingDirectory(self.context, into);
    }
    pub fn umask(self: Caller) u32 {
        return self.vtable.umask(self.context);
    }
};

/// How a file's metadata is to be written into the caller's buffer.
/// `stat32` and `stat64` are the structures of i386.
pub const StatLayout = enum { stat, stat32, stat64, statx };
/// The same for a file system's.
pub const FilesystemLayout = enum { statfs, statfs32, statfs64 };

/// A file by its path, or, without one (0, or an empty path and AT_EMPTY_PATH), what `directory` has open. `flags`: the
/// `AT_` flags of the system call.
pub const Place = struct {
    directory: i32 = system.AT_FDCWD,
    path: usize = 0,
    flags: u32 = 0,

    pub fn ofDescriptor(fd: i32) Place {
        return .{ .directory = fd };
    }
};

/// What was asked. Fields named `path`, `buffer`, `address` and `length` are addresses in the caller's memory; `directory`
/// is a descriptor or AT_FDCWD; flags are those of the system call of the same name.
pub const Arguments = union(enum) {
    /// open(2), openat(2), openat2(2), creat(2).
    /// `restricted`: only on some ways (openat2(2)), which the target's paths cannot be walked by.
    open: struct { directory: i32, path: usize, flags: u32, mode: u32, restricted: bool = false },
    /// stat(2), lstat(2), newfstatat(2), statx(2) by path. An empty path with AT_EMPTY_PATH is `stat_descriptor`.
    stat: struct { directory: i32, path: usize, flags: u32, buffer: usize, layout: StatLayout },
    /// fstat(2): local unless the descriptor stands for a remote file or directory.
    stat_descriptor: struct { fd: i32, buffer: usize, layout: StatLayout },
    access: struct { directory: i32, path: usize, mode: u32, flags: u32 },
    /// readlink(2): the answer is cut to `size` and has no NUL.
    read_link: struct { directory: i32, path: usize, buffer: usize, size: usize },
    /// realpath(3): the answer is NUL-terminated; ERANGE if `size` is too small; the result is its length.
    real_path: struct { path: usize, buffer: usize, size: usize },
    /// statfs(2).
    stat_filesystem: struct { path: usize, buffer: usize, layout: FilesystemLayout = .statfs },
    /// fstatfs(2).
    stat_filesystem_descriptor: struct { fd: i32, buffer: usize, layout: FilesystemLayout = .statfs },
    /// mkdir(2). Modes are the program's, without its umask.
    make_directory: struct { at: Place, mode: u32 },
    /// unlink(2), rmdir(2) (`AT_REMOVEDIR`).
    remove: struct { at: Place },
    /// rename(2), renameat2(2).
    rename: struct { from: Place, to: Place, flags: u32 },
    /// link(2), linkat(2): `from.flags` are the call's.
    link: struct { from: Place, to: Place },
    symlink: struct { text: usize, at: Place },
    make_node: struct { at: Place, mode: u32, device: u64 },
    /// truncate(2); ftruncate(2) needs no answer of ours: the content is a local file.
    truncate: struct { at: Place, size: i64 },
    change_mode: struct { at: Place, mode: u32 },
    change_owner: struct { at: Place, uid: u32, gid: u32 },
    /// utimensat(2): access and modification time; null = both now.
    set_times: struct { at: Place, times: ?[2]linux.timespec },
    /// The `xattr` family. `name` is a path-like string in the caller's memory; `size` 0 asks for the length.
    get_attribute: struct { at: Place, name: usize, buffer: usize, size: usize },
    list_attributes: struct { at: Place, buffer: usize, size: usize },
    set_attribute: struct { at: Place, name: usize, value: usize, size: usize, flags: u32 },
    remove_attribute: struct { at: Place, name: usize },
    /// fsync(2), fdatasync(2) and, before it is done natively, close(2). Local unless `fd` is a remote file.
    flush: struct { fd: i32, purpose: Purpose },
    /// Before a call that lets go of files, or that ends or replaces a process: ends as `local` when what was written is at
    /// the target. `fd`: this file only; −1 for all of the session's. Errors are told by the proxy.
    settle: struct { fd: i32 = -1 },
    /// inotify_add_watch(2): a remote path ends as `local` with `Call.path`.
    watch: struct { fd: i32, path: usize, mask: u32 },
    /// chdir(2): a remote directory ends as `local` with its shadow in `Call.path`.
    change_directory: struct { path: usize },
    /// fchdir(2): always local.
    change_to_descriptor: struct { fd: i32 },
    /// getcwd(2): local unless it is one of the target's. The result is the length with the NUL; ERANGE if `size` is too
    /// small.
    working_directory: struct { buffer: usize, size: usize },
    /// opendir(3), scandir(3): a remote directory ends as `local` with its shadow in `Call.path`.
    open_directory: struct { path: usize },
    uname: struct { buffer: usize },
    bind: struct { fd: i32, address: usize, length: u32 },
    listen: struct { fd: i32, backlog: i32 },
    connect: struct { fd: i32, address: usize, length: u32 },
    /// accept(2), after the door has accepted natively: `fd` is the new socket. `address` may be 0 (nothing is asked for).
    accepted: struct { fd: i32, address: usize, length: usize },
    socket_name: struct { fd: i32, address: usize, length: usize, peer: bool },
    /// A datagram to an address, or a message to one: ends as `local` with `Call.address`, or refused. `flags`: of sendto(2).
    send_to: struct { fd: i32, address: usize, length: u32, flags: u32 },
    /// A datagram's sender, after the door has received it natively. `room`: what `length` was before.
    received: struct { fd: i32, address: usize, length: usize, room: u32 },
    /// getsockopt(SOL_SOCKET, SO_ERROR), after the door has done it natively: `buffer` holds the kernel's answer.
    socket_error: struct { fd: i32, buffer: usize },
};

pub const Purpose = enum(u8) { close = 0, data = 1, all = 2 };

/// What the door does next.
pub const Outcome = enum {
    /// Do the native call, with `Call.path`, `Call.second_path` and `Call.address` in place of the caller's if they are set.
    local,
    /// Finished: `Call.result`.
    answer,
    /// Finished: give the caller the descriptor `Call.descriptor` (which is this process's), close-on-exec if
    /// `Call.close_on_exec`; its number there is the result.
    descriptor,
    /// Send `Call.request` as one frame, then hand the reply frame's body to `core.finish`.
    ask,
    /// Send `Call.request` as one frame; nothing comes back. Then as `answer`.
    tell,
};

/// The longest path that is looked at, NUL included; longer ones are left to the kernel (ENAMETOOLONG).
pub const path_limit = 4096;
/// What `Caller.room` gives: a rewritten path, and the request.
pub const room_size = 2 * path_limit + request_limit;
/// The largest request carries the value of an extended attribute, which is read into the same room first.
const request_limit = 4 * path_limit + 2 * attribute_limit;
pub const attribute_limit = 64 * 1024;

pub const Call = struct {
    session: *Session,
    caller: Caller,
    arguments: Arguments,

    /// The encoded request, after `ask` and `tell`. It lies in the caller's room.
    request: []const u8 = &.{},
    /// The value, or −errno.
    result: i64 = 0,
    descriptor: i32 = -1,
    close_on_exec: bool = true,
    /// An open file that came with the reply, close-on-exec; −1 for none. The door sets it before `core.finish`, and closes
    /// what is left there afterwards.
    attached: i32 = -1,
    /// For `local`: the path to use instead of the caller's (in the caller's room).
    path: ?[:0]const u8 = null,
    /// For `local`, of a call with two paths: the same for the second one.
    second_path: ?[:0]const u8 = null,
    /// For `local`: the socket address to use instead of the caller's.
    address: ?address.Native = null,
    /// While true, a signal ends the call with EINTR as the kernel would (a blocking connect): `core.abandon(call, .INTR)`.
    interruptible: bool = false,
    /// While `interruptible`: the longest wait (SO_SNDTIMEO), 0 = none; then `core.abandon(call, .INPROGRESS)`.
    limit_ms: u32 = 0,

    /// The core's own: where the call stands, and the caller's room once it was needed.
    state: State = .begin,
    /// The request is about an open file or directory that looks like a stand-in; the proxy may not know it.
    by_identity: bool = false,
    memory: ?[]u8 = null,

    /// Where requests are encoded.
    pub fn requestRoom(self: *Call) Error![]u8 {
        return (try self.room())[2 * path_limit ..];
    }
    /// Where a rewritten path is kept.
    pub fn pathRoom(self: *Call) Error!*[path_limit]u8 {
        return self.roomOf(.first);
    }
    pub fn roomOf(self: *Call, which: directories.Which) Error!*[path_limit]u8 {
        const memory = try self.room();
        return switch (which) {
            .first => memory[0..path_limit],
            .second => memory[path_limit .. 2 * path_limit],
        };
    }
    fn room(self: *Call) Error![]u8 {
        if (self.memory == null) self.memory = try self.caller.vtable.room(self.caller.context);
        return self.memory.?;
    }
    pub fn answer(self: *Call, value: i64) Outcome {
        self.result = value;
        return .answer;
    }
    /// Finished with an error.
    pub fn fail(self: *Call, errno: Errno) Outcome {
        return self.answer(-@as(i64, @intFromEnum(errno)));
    }
};

/// Between two steps. What a state holds (a borrowed socket) is given back by its next step or `core.abandon`.
pub const State = union(enum) {
    begin,
    /// Waiting for `decidePath` about this path.
    deciding: [:0]const u8,
    /// Waiting for the reply of a request that holds nothing.
    waiting,
    /// Waiting for OpenReply.
    opening,
    /// Finding out where the paths of a change go.
    resolving: changing.Resolving,
    /// Waiting for ConnectReply; then for the outcome of a blocking connect.
    connecting: connecting.Socket,
    establishing: connecting.Started,
    /// sendto: waiting for RouteReply.
    routing: routes.Route,
    /// recvfrom: waiting for AddressReply.
    naming: routes.Naming,
    /// bind, listen, names: with a borrowed socket.
    moving: listening.Moving,
    binding: i32,
    finding: listening.Found,
    subscribing: i32,
};

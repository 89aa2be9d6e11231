//! Calls that name a file: where the path goes, what is asked, and what the program gets.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const directories = @import("directories.zig");
const layouts = @import("layouts.zig");
const metadata = @import("metadata.zig");
const opening = @import("opening.zig");
const places = @import("places.zig");
const reply = @import("reply.zig");
const system = @import("system.zig");

const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;
const O = system.O;

pub fn start(call: *Call) Error!Outcome {
    const named = switch (call.arguments) {
        .open => |a| Named{ .directory = a.directory, .at = a.path, .write = opensForWriting(a.flags) },
        .stat => |a| Named{ .directory = a.directory, .at = a.path },
        .access => |a| Named{ .directory = a.directory, .at = a.path, .write = a.mode & 2 != 0 },
        .read_link => |a| Named{ .directory = a.directory, .at = a.path },
        .real_path => |a| Named{ .at = a.path },
        .stat_filesystem => |a| Named{ .at = a.path },
        .open_directory => |a| Named{ .at = a.path },
        .watch => |a| Named{ .at = a.path },
        .change_directory => |a| Named{ .at = a.path },
        .flush => |a| return startDescriptor(call, a.fd),
        .settle => |a| return startSettling(call, a.fd),
        .working_directory => |a| return workingDirectory(call, a.buffer, a.size),
        .change_to_descriptor => |a| return startChangeToDescriptor(call, a.fd),
        .stat_descriptor => |a| return startDescriptor(call, a.fd),
        .stat_filesystem_descriptor => |a| return startDescriptor(call, a.fd),
        else => unreachable,
    };
    const given = try call.caller.string(named.at);
    if (given.len == 0) return startEmptyPath(call);
    const path = try directories.absolute(call, named.directory, given, .first, false) orelse given;
    return if (path[0] == '/') startAbsolute(call, path, named.write) else .local;
}

const Named = struct { directory: i32 = system.AT_FDCWD, at: usize, write: bool = false };

pub fn opensForWriting(flags: u32) bool {
    if (flags & O.PATH != 0) return false;
    return flags & O.ACCMODE != O.RDONLY or flags & (O.CREAT | O.TRUNC | O.APPEND) != 0;
}

fn startAbsolute(call: *Call, path: [:0]const u8, write: bool) Error!Outcome {
    switch (call.session.decide(path, write)) {
        .local => return .local,
        .not_found => return call.fail(.NOENT),
        .remote => return request(call, .{ .directory = null, .path = path }),
        .ask => {
            call.state = .{ .deciding = path };
            const own = call.session.isOwn(path);
            return reply.ask(call, .{ .decide_path = .{ .path = path, .write = write, .own = own } });
        },
    }
}

/// `fstatat(fd, "", AT_EMPTY_PATH)` is fstat, and without a descriptor it means the working directory.
fn startEmptyPath(call: *Call) Error!Outcome {
    const stat = switch (call.arguments) {
        .stat => |stat| stat,
        else => return .local,
    };
    if (stat.flags & linux.AT.EMPTY_PATH == 0) return .local;
    if (stat.directory == system.AT_FDCWD) {
        const path = try directories.absolute(call, stat.directory, ".", .first, false) orelse return .local;
        return startAbsolute(call, path, false);
    }
    call.arguments = .{ .stat_descriptor = .{ .fd = stat.directory, .buffer = stat.buffer, .layout = stat.layout } };
    return startDescriptor(call, stat.directory);
}

fn startDescriptor(call: *Call, fd: i32) Error!Outcome {
    const identity = try places.standIn(call, fd) orelse return .local;
    call.by_identity = true;
    call.state = .waiting;
    switch (call.arguments) {
        .stat_descriptor => return reply.ask(call, .{ .stat_identity = .{ .file = identity } }),
        .flush => |a| return reply.ask(call, .{ .flush = .{ .file = identity, .purpose = @intFromEnum(a.purpose) } }),
        else => {
            const at = protocol.Location{ .directory = identity, .path = "" };
            return reply.ask(call, .{ .stat_filesystem = .{ .at = at } });
        },
    }
}

fn startSettling(call: *Call, fd: i32) Error!Outcome {
    if (!call.session.isWriting()) return .local;
    call.state = .waiting;
    if (fd < 0) return reply.ask(call, .{ .settle = {} });
    const identity = try places.writable(call, fd) orelse return .local;
    return reply.ask(call, .{ .flush = .{ .file = identity, .purpose = @intFromEnum(calls.Purpose.close) } });
}

/// The directory may be a shadow.
fn startChangeToDescriptor(call: *Call, fd: i32) Error!Outcome {
    if (try places.standIn(call, fd) != null) call.session.may_stand_in_target = true;
    return .local;
}

fn workingDirectory(call: *Call, buffer: usize, size: usize) Error!Outcome {
    const name = try directories.nameOf(call, system.AT_FDCWD, .first) orelse return .local;
    if (name.len >= size) return call.fail(.RANGE);
    try call.caller.write(buffer, name);
    try call.caller.write(buffer + name.len, &.{0});
    return call.answer(@intCast(name.len + 1));
}

/// The proxy has decided about a path.
pub fn decided(call: *Call, bytes: []const u8) Error!Outcome {
    const decision = try places.decided(bytes, call.state.deciding, try call.pathRoom()) orelse
        return call.fail(.NAMETOOLONG);
    if (decision.mapped) |mapped| call.path = mapped;
    return switch (decision.where) {
        .local => .local,
        .remote => |at| request(call, at),
        .not_found => call.fail(.NOENT),
    };
}

fn request(call: *Call, at: protocol.Location) Error!Outcome {
    call.state = .waiting;
    return switch (call.arguments) {
        // As from an older kernel: programs then look for themselves.
        .open => |a| if (a.restricted) call.fail(.NOSYS) else opening.request(call, at, a.flags, a.mode),
        .open_directory => opening.requestDirectory(call, at, 0),
        .change_directory => opening.requestDirectory(call, at, O.PATH),
        .watch => reply.ask(call, .{ .watch = .{ .at = at } }),
        .stat => |a| reply.ask(call, .{
            .stat = .{ .at = at, .follow_links = a.flags & linux.AT.SYMLINK_NOFOLLOW == 0 },
        }),
        .access => |a| reply.ask(call, .{
            .access = .{ .at = at, .mode = a.mode, .effective_ids = a.flags & system.AT_EACCESS != 0 },
        }),
        .read_link => reply.ask(call, .{ .read_link = .{ .at = at } }),
        .real_path => reply.ask(call, .{ .real_path = .{ .at = at } }),
        .stat_filesystem => reply.ask(call, .{ .stat_filesystem = .{ .at = at } }),
        else => unreachable,
    };
}

/// The reply to a request that holds nothing.
pub fn finish(call: *Call, bytes: []const u8) Error!Outcome {
    return switch (call.arguments) {
        .stat => |a| finishStat(call, bytes, a.buffer, a.layout),
        .stat_descriptor => |a| finishStat(call, bytes, a.buffer, a.layout),
        .access, .flush => {
            const answer = reply.decode(protocol.ErrnoReply, bytes) catch return call.fail(.IO);
            return if (answer.errno == 0) call.answer(0) else reply.failed(call, answer.errno);
        },
        .settle => .local,
        .watch => finishWatch(call, bytes),
        .read_link => |a| finishReadLink(call, bytes, a.buffer, a.size),
        .real_path => |a| finishRealPath(call, bytes, a.buffer, a.size),
        .stat_filesystem => |a| finishFilesystem(call, bytes, a.buffer, a.layout),
        .stat_filesystem_descriptor => |a| finishFilesystem(call, bytes, a.buffer, a.layout),
        else => unreachable,
    };
}

fn finishStat(call: *Call, bytes: []const u8, buffer: usize, layout: calls.StatLayout) Error!Outcome {
    const stat = switch (reply.decode(protocol.StatReply, bytes) catch return call.fail(.IO)) {
        .ok => |stat| stat,
        .failed => |failed| return reply.failed(call, failed.errno),
    };
    if (layout != .statx) return call.answer(try layouts.giveStat(call.caller, buffer, &metadata.stat(stat), layout));
    try call.caller.write(buffer, std.mem.asBytes(&metadata.statx(stat)));
    return call.answer(0);
}

fn finishReadLink(call: *Call, bytes: []const u8, buffer: usize, size: usize) Error!Outcome {
    if (size == 0) return call.fail(.INVAL);
    const path = switch (reply.decode(protocol.PathReply, bytes) catch return call.fail(.IO)) {
        .ok => |ok| ok.path,
        .failed => |failed| return reply.failed(call, failed.errno),
    };
    const cut = path[0..@min(path.len, size)];
    try call.caller.write(buffer, cut);
    return call.answer(@intCast(cut.len));
}

fn finishRealPath(call: *Call, bytes: []const u8, buffer: usize, size: usize) Error!Outcome {
    const path = switch (reply.decode(protocol.PathReply, bytes) catch return call.fail(.IO)) {
        .ok => |ok| ok.path,
        .failed => |failed| return reply.failed(call, failed.errno),
    };
    if (path.len >= size) return call.fail(.RANGE);
    try call.caller.write(buffer, path);
    try call.caller.write(buffer + path.len, &.{0});
    return call.answer(@intCast(path.len));
}

fn finishWatch(call: *Call, bytes: []const u8) Error!Outcome {
    const path = switch (reply.decode(protocol.PathReply, bytes) catch return call.fail(.IO)) {
        .ok => |ok| ok.path,
        .failed => |failed| return reply.failed(call, failed.errno),
    };
    if (call.attached >= 0) return watchAttached(call);
    const kept = try call.pathRoom();
    if (path.len >= kept.len) return call.fail(.NAMETOOLONG);
    @memcpy(kept[0..path.len], path);
    kept[path.len] = 0;
    call.path = kept[0..path.len :0];
    return .local;
}

/// The mark is the inode's, so it may be set from here.
fn watchAttached(call: *Call) Error!Outcome {
    var link: [48]u8 = undefined;
    const path = std.fmt.bufPrintZ(&link, "/proc/thread-self/fd/{d}", .{call.attached}) catch unreachable;
    const watch = call.arguments.watch;
    const borrowed = try call.caller.borrow(watch.fd);
    defer call.caller.release(borrowed);
    // The link is ours.
    return call.answer(system.inotifyAddWatch(borrowed, path, watch.mask & ~@as(u32, linux.IN.DONT_FOLLOW)));
}

fn finishFilesystem(call: *Call, bytes: []const u8, buffer: usize, layout: calls.FilesystemLayout) Error!Outcome {
    const stat = switch (reply.decode(protocol.FilesystemReply, bytes) catch return call.fail(.IO)) {
        .ok => |ok| ok,
        .failed => |failed| return reply.failed(call, failed.errno),
    };
    return call.answer(try layouts.giveFilesystem(call.caller, buffer, &metadata.filesystem(stat), layout));
}

test "which flags write" {
    try std.testing.expect(!opensForWriting(O.RDONLY | O.CLOEXEC | O.DIRECTORY));
    try std.testing.expect(opensForWriting(O.WRONLY));
    try std.testing.expect(opensForWriting(O.RDWR));
    try std.testing.expect(opensForWriting(O.CREAT));
    try std.testing.expect(!opensForWriting(O.PATH | O.RDWR));
}

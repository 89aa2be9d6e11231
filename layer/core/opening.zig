//! open(2) of a remote file: the program gets a real descriptor. A regular file's content lies in memory of the proxy's,
//! which is opened again through /proc with the access mode that was asked for: all who have the file open share it. A
//! process that may not look into the proxy (it has changed its user) gets a copy in a memfd of its own, to read. A
//! directory is the proxy's shadow of it, opened as it stands.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const calls = @import("call.zig");
const reply = @import("reply.zig");
const system = @import("system.zig");

const Call = calls.Call;
const Error = calls.Error;
const Outcome = calls.Outcome;
const O = system.O;

/// What was asked to be opened; `memfd`: for a copy of the content, −1 while none is wanted.
pub const Opening = struct { at: protocol.Location, flags: u32, memfd: i32 = -1 };
/// A memfd being filled. `broken`: a write to it failed with this errno; the rest of the content is dropped.
pub const Filling = struct { memfd: i32, mode: u32, modified: [2]i64, accessed: [2]i64, broken: i32 = 0 };

/// Flags of the program that hold for the descriptor, as far as a memfd or a shadow knows them.
const kept_flags = O.ACCMODE | O.APPEND | O.NONBLOCK | O.CLOEXEC | O.PATH;

pub fn request(call: *Call, at: protocol.Location, flags: u32, mode: u32) Error!Outcome {
    const creates = flags & O.CREAT != 0 or flags & O.TMPFILE == O.TMPFILE;
    // Without O_CREAT the register holds whatever was in it.
    const masked = if (creates) mode & 0o7777 & ~call.caller.umask() else 0;
    return ask(call, .{ .at = at, .flags = flags }, masked, null);
}

pub fn requestDirectory(call: *Call, at: protocol.Location) Error!Outcome {
    return ask(call, .{ .at = at, .flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC }, 0, null);
}

fn ask(call: *Call, opening: Opening, mode: u32, memfd: ?protocol.FileIdentity) Error!Outcome {
    call.state = .{ .opening = opening };
    return reply.ask(call, .{
        .open_file = .{ .at = opening.at, .flags = opening.flags, .mode = mode, .memfd = memfd },
    });
}

/// The identity of the memfd that will hold the copy goes with the request, so that the proxy knows later who is meant.
fn requestCopy(call: *Call, opening: Opening) Error!Outcome {
    if (opening.flags & O.ACCMODE != O.RDONLY) return call.fail(.ACCES);
    const memfd = try makeMemfd(opening.at.path);
    errdefer system.close(memfd);
    var stat: linux.Stat = undefined;
    if (system.fstat(memfd, &stat) < 0) return error.NoMemory;
    call.session.memfd_device = stat.dev;
    const done = O.CREAT | O.EXCL | O.TRUNC;
    const copy = Opening{ .at = opening.at, .flags = opening.flags & ~done, .memfd = memfd };
    return ask(call, copy, 0, .{ .device = stat.dev, .inode = stat.ino });
}

/// An empty memfd named after the file, out of the way of the low numbers that programs count on.
fn makeMemfd(path: []const u8) Error!i32 {
    const cloexec = 1;
    const executable = 0x10;
    const name = memfdName(path);
    var made = system.memfdCreate(&name, cloexec | executable);
    // Before 6.3 the kernel does not know the flag.
    if (made < 0) made = system.memfdCreate(&name, cloexec);
    if (made < 0) return error.NoMemory;
    const low: i32 = @intCast(made);
    const high = system.duplicateHigh(low) orelse return low;
    system.close(low);
    return high;
}

fn memfdName(path: []const u8) [128:0]u8 {
    var name: [128:0]u8 = @splat(0);
    const base = std.fs.path.basenamePosix(path);
    const length = @min(base.len, name.len - 1);
    @memcpy(name[0..length], base[0..length]);
    return name;
}

fn drop(memfd: i32) void {
    if (memfd >= 0) system.close(memfd);
}

/// OpenReply has come.
pub fn opened(call: *Call, bytes: []const u8) Error!Outcome {
    const opening = call.state.opening;
    const answer = reply.decode(protocol.OpenReply, bytes) catch {
        abandon(call);
        return call.fail(.IO);
    };
    if (answer != .file) drop(opening.memfd);
    call.state = .waiting;
    switch (answer) {
        .failed => |failed| return reply.failed(call, failed.errno),
        .local => return .local,
        .directory => |directory| return openShadow(call, directory.shadow_path),
        .shared => |shared| return openShared(call, opening, shared.path),
        .file => |file| {
            call.state = .{ .filling = .{
                .memfd = opening.memfd,
                .mode = file.stat.mode & 0o7777,
                .modified = .{ file.stat.modified.seconds, file.stat.modified.nanoseconds },
                .accessed = .{ file.stat.accessed.seconds, file.stat.accessed.nanoseconds },
                .broken = if (opening.memfd < 0) @intFromEnum(linux.E.NOTDIR) else 0,
            } };
            return .content;
        },
    }
}

/// The proxy's own open file.
fn openShared(call: *Call, opening: Opening, given: []const u8) Error!Outcome {
    if (call.arguments != .open) return call.fail(.NOTDIR);
    var path: [64:0]u8 = undefined;
    if (given.len >= path.len) return call.fail(.IO);
    @memcpy(path[0..given.len], given);
    path[given.len] = 0;
    const fd = system.openat(system.AT_FDCWD, &path, opening.flags & kept_flags, 0);
    const forbidden = [_]linux.E{ .ACCES, .PERM, .NOENT };
    for (forbidden) |errno| if (fd == -@as(isize, @intFromEnum(errno))) return requestCopy(call, opening);
    return give(call, fd, opening.flags);
}

fn openShadow(call: *Call, shadow: []const u8) Error!Outcome {
    const kept = try call.pathRoom();
    if (shadow.len >= kept.len) return call.fail(.NAMETOOLONG);
    @memcpy(kept[0..shadow.len], shadow);
    kept[shadow.len] = 0;
    const path = kept[0..shadow.len :0];
    const flags = switch (call.arguments) {
        .open => |open| open.flags,
        else => {
            if (call.arguments == .change_directory) call.session.may_stand_in_target = true;
            call.path = path;
            return .local;
        },
    };
    const fd = system.openat(system.AT_FDCWD, path, flags & (kept_flags | O.DIRECTORY), 0);
    return give(call, fd, flags);
}

/// A piece of the file's content.
pub fn fill(call: *Call, piece: []const u8) void {
    const filling = &call.state.filling;
    var left = piece;
    while (left.len > 0 and filling.broken == 0) {
        const written = system.write(filling.memfd, left);
        if (written == -@as(isize, @intFromEnum(linux.E.INTR))) continue;
        if (written < 0) filling.broken = @intCast(-written) else left = left[@intCast(written)..];
    }
}

/// All content has come, and how reading it ended.
pub fn filled(call: *Call, bytes: []const u8) Error!Outcome {
    const filling = call.state.filling;
    defer abandon(call);
    const end = reply.decode(protocol.ErrnoReply, bytes) catch return call.fail(.IO);
    if (end.errno != 0) return call.answer(-@as(i64, end.errno));
    if (filling.broken != 0) return call.answer(-@as(i64, filling.broken));
    const flags = call.arguments.open.flags;
    const fd = reopen(filling.memfd, flags & kept_flags);
    // The mode comes last: it may forbid even its owner to open the file again.
    _ = system.futimens(filling.memfd, &.{ filling.accessed, filling.modified });
    _ = system.fchmod(filling.memfd, filling.mode);
    return give(call, fd, flags);
}

/// A second open file description of the memfd, with an access mode of its own. Without /proc, a duplicate.
fn reopen(memfd: i32, flags: u32) isize {
    var buffer: [48]u8 = undefined;
    const path = std.fmt.bufPrintZ(&buffer, "/proc/thread-self/fd/{d}", .{memfd}) catch unreachable;
    const fd = system.openat(system.AT_FDCWD, path, flags, 0);
    if (fd != -@as(isize, @intFromEnum(linux.E.NOENT))) return fd;
    return system.duplicateAbove(memfd, 0);
}

fn give(call: *Call, fd: isize, flags: u32) Outcome {
    if (fd < 0) return call.answer(fd);
    call.descriptor = @intCast(fd);
    call.close_on_exec = flags & O.CLOEXEC != 0;
    return .descriptor;
}

/// Gives back what the call holds.
pub fn abandon(call: *Call) void {
    switch (call.state) {
        .opening => |opening| drop(opening.memfd),
        .filling => |filling| drop(filling.memfd),
        else => {},
    }
    call.state = .waiting;
}

test "a memfd is named after the file" {
    try std.testing.expectEqualStrings("name.txt", std.mem.sliceTo(&memfdName("/a/b/name.txt"), 0));
    try std.testing.expectEqual(@as(usize, 127), std.mem.sliceTo(&memfdName("/" ++ "x" ** 300), 0).len);
}

test "a memfd is opened again with another access mode" {
    const memfd = try makeMemfd("/x");
    defer system.close(memfd);
    try std.testing.expect(system.write(memfd, "content") == 7);
    const again: i32 = @intCast(reopen(memfd, O.RDONLY));
    defer system.close(again);
    var buffer: [16]u8 = undefined;
    try std.testing.expectEqual(@as(isize, 7), system.read(again, &buffer));
    try std.testing.expectEqual(-@as(isize, @intFromEnum(linux.E.BADF)), system.write(again, "x"));
}

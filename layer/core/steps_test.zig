//! The core's steps as a door goes them, with a proxy that is a few encoded replies.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const core = @import("core.zig");
const system = core.system;
const testing = std.testing;

/// A caller in this process.
const Door = struct {
    session: core.Session,
    room: [core.room_size]u8 = undefined,
    rooms: u32 = 0,
    stands_in: []const u8 = "/own",

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

    fn call(self: *Door, arguments: core.Arguments) core.Call {
        return .{
            .session = &self.session,
            .caller = .{ .context = self, .vtable = &vtable },
            .arguments = arguments,
        };
    }

    fn read(_: *anyopaque, at: usize, into: []u8) core.Error!void {
        if (at == 0) return error.Fault;
        @memcpy(into, @as([*]const u8, @ptrFromInt(at))[0..into.len]);
    }
    fn write(_: *anyopaque, at: usize, bytes: []const u8) core.Error!void {
        if (at == 0) return error.Fault;
        @memcpy(@as([*]u8, @ptrFromInt(at))[0..bytes.len], bytes);
    }
    fn string(_: *anyopaque, at: usize) core.Error![:0]const u8 {
        if (at == 0) return error.Fault;
        return std.mem.span(@as([*:0]const u8, @ptrFromInt(at)));
    }
    fn giveRoom(context: *anyopaque) core.Error![]u8 {
        const self: *Door = @ptrCast(@alignCast(context));
        self.rooms += 1;
        return &self.room;
    }
    fn borrow(_: *anyopaque, fd: i32) core.Error!i32 {
        return if (fd < 0) error.BadDescriptor else fd;
    }
    fn release(_: *anyopaque, _: i32) void {}
    fn umask(_: *anyopaque) u32 {
        return 0o022;
    }
    fn workingDirectory(context: *anyopaque, into: []u8) core.Error!?[]const u8 {
        const self: *Door = @ptrCast(@alignCast(context));
        if (self.stands_in.len > into.len) return null;
        @memcpy(into[0..self.stands_in.len], self.stands_in);
        return into[0..self.stands_in.len];
    }
};

const one_class: [256]u8 = @splat(0);
const no_ports = protocol.List(protocol.PortRange){ .count = 0, .encoded = "" };

/// A rule table of one state: every path is in `sets`.
fn door(sets: *const [2]u8) Door {
    const config = protocol.LayerConfig{
        .version = protocol.config_version,
        .layer_path = "",
        .supervisor_path = "",
        .door = 0,
        .shadow_directory = "",
        .streamed_device = 0,
        .files_mode = 2,
        .path_rules = .{
            .class_of = &one_class,
            .class_count = 1,
            .next = .{ .encoded = "\x00\x00" },
            .accepts = .{ .encoded = sets },
        },
        .dns_enabled = false,
        .hostname = null,
        .outgoing_tcp = true,
        .outgoing_udp = false,
        .outgoing_unix = false,
        .outgoing_ignore_localhost = false,
        .ipv6 = true,
        .hides_ipv6_interfaces = false,
        .incoming_mode = 2,
        .incoming_ignore_localhost = false,
        .incoming_ignore_ports = no_ports,
        .incoming_only_ports = null,
        .listen_ports = .{ .count = 0, .encoded = "" },
        .debugger_ports = no_ports,
        .skip_processes = .{ .count = 0, .encoded = "" },
        .log_level = 0,
    };
    return .{ .session = .{ .config = config, .working_directory = "/own", .executable = "/bin/own" } };
}

const everything_remote = "\x00\x00";
const everything_asked = "\x80\x00";
const everything_hidden = "\x01\x00";

fn asked(call: *const core.Call) !protocol.Request {
    return protocol.decode(protocol.Request, call.request);
}

fn reply(buffer: []u8, value: anytype) []const u8 {
    return protocol.encode(buffer, value) catch unreachable;
}

fn openOf(path: [*:0]const u8, flags: u32) core.Arguments {
    return .{ .open = .{ .directory = system.AT_FDCWD, .path = @intFromPtr(path), .flags = flags, .mode = 0o7777 } };
}

test "a remote file is the open file that comes with the reply" {
    var d = door(everything_remote);
    d.session.config.files_mode = 3;
    var buffer: [512]u8 = undefined;
    var call = d.call(openOf("/app/file", system.O.WRONLY | system.O.CREAT));
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    const request = (try asked(&call)).open_file;
    try testing.expectEqualStrings("/app/file", request.at.path);
    try testing.expectEqual(@as(u32, 0o7755), request.mode);
    const opened = protocol.OpenReply{ .descriptor = {} };
    call.attached = 77;
    try testing.expectEqual(core.Outcome.descriptor, core.finish(&call, reply(&buffer, opened)));
    try testing.expectEqual(@as(i32, 77), call.descriptor);
    try testing.expectEqual(@as(i32, -1), call.attached);
    try testing.expect(!call.close_on_exec);
}

test "what comes with a reply stays the door's when the program gets none" {
    var d = door(everything_remote);
    var buffer: [512]u8 = undefined;
    const cases = [_]struct { core.Arguments, protocol.OpenReply, i32, core.Errno }{
        .{ openOf("/app/file", 0), .{ .descriptor = {} }, -1, .MFILE },
        .{ openOf("/app/file", 0), .{ .failed = .{ .errno = 13 } }, 77, .ACCES },
        .{ .{ .open_directory = .{ .path = @intFromPtr("/app/file") } }, .{ .descriptor = {} }, 77, .NOTDIR },
    };
    for (cases) |case| {
        var call = d.call(case[0]);
        _ = core.start(&call);
        call.attached = case[2];
        try testing.expectEqual(core.Outcome.answer, core.finish(&call, reply(&buffer, case[1])));
        try testing.expectEqual(-@as(i64, @intFromEnum(case[3])), call.result);
        try testing.expectEqual(case[2], call.attached);
    }
}

test "nothing is asked at an end while nothing is written, and then for all or for one file" {
    var d = door(everything_remote);
    var call = d.call(.{ .settle = .{} });
    try testing.expectEqual(core.Outcome.local, core.start(&call));
    const writing: u32 = 1;
    d.session.writing = &writing;
    call = d.call(.{ .settle = .{} });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    try testing.expect(try asked(&call) == .settle);
    var buffer: [64]u8 = undefined;
    try testing.expectEqual(core.Outcome.local, core.finish(&call, reply(&buffer, protocol.ErrnoReply{ .errno = 28 })));
    const memory: i32 = @intCast(system.memfdCreate("", 0));
    defer system.close(memory);
    call = d.call(.{ .settle = .{ .fd = memory } });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    try testing.expectEqual(@as(u8, 0), (try asked(&call)).flush.purpose);
    const nothing: i32 = @intCast(system.openat(system.AT_FDCWD, "/dev/null", system.O.WRONLY, 0));
    defer system.close(nothing);
    call = d.call(.{ .settle = .{ .fd = nothing } });
    try testing.expectEqual(core.Outcome.local, core.start(&call));
}

test "local calls touch neither room nor proxy" {
    var d = door(everything_remote);
    const local = [_]core.Arguments{
        openOf("relative", 0),
        openOf("/app/file", system.O.WRONLY),
        openOf("/own/file", 0),
        openOf("/bin/own", 0),
        .{ .open = .{ .directory = system.AT_FDCWD, .path = 0, .flags = 0, .mode = 0 } },
        .{ .stat = .{ .directory = -1, .path = @intFromPtr("x"), .flags = 0, .buffer = 0, .layout = .stat } },
        .{ .connect = .{ .fd = 0, .address = 0, .length = 16 } },
        .{ .bind = .{ .fd = 0, .address = 0, .length = 16 } },
    };
    for (local) |arguments| {
        var call = d.call(arguments);
        try testing.expectEqual(core.Outcome.local, core.start(&call));
    }
    try testing.expectEqual(@as(u32, 0), d.rooms);
}

test "what the table leaves open is decided by the proxy" {
    var buffer: [512]u8 = undefined;
    const cases = [_]struct { protocol.DecisionReply, core.Outcome }{
        .{ .{ .verdict = 0, .mapped = "/mapped" }, .local },
        .{ .{ .verdict = 1, .mapped = "/mapped" }, .ask },
        .{ .{ .verdict = 2, .mapped = null }, .answer },
    };
    for (cases) |case| {
        var d = door(everything_asked);
        var call = d.call(.{ .access = .{
            .directory = system.AT_FDCWD,
            .path = @intFromPtr("/look"),
            .mode = 4,
            .flags = system.AT_EACCESS,
        } });
        try testing.expectEqual(core.Outcome.ask, core.start(&call));
        try testing.expectEqualStrings("/look", (try asked(&call)).decide_path.path);
        try testing.expect(!(try asked(&call)).decide_path.own);
        try testing.expectEqual(case[1], core.finish(&call, reply(&buffer, case[0])));
        switch (case[1]) {
            .local => try testing.expectEqualStrings("/mapped", call.path.?),
            .ask => {
                const access = (try asked(&call)).access;
                try testing.expectEqualStrings("/mapped", access.at.path);
                try testing.expect(access.effective_ids);
            },
            else => try testing.expectEqual(@as(i64, -2), call.result),
        }
    }
}

test "a relative name in a directory of the target is decided as the absolute one" {
    var buffer: [512]u8 = undefined;
    var d = door(everything_remote);
    d.session.config.shadow_directory = "/shadows";
    d.session.may_stand_in_target = true;
    d.stands_in = "/shadows/7/srv/app";
    const cases = [_]struct { [*:0]const u8, []const u8 }{
        .{ "x", "/srv/app/x" },
        .{ "../x", "/srv/x" },
        .{ ".", "/srv/app" },
        .{ "/shadows/9/etc/x", "/etc/x" },
    };
    for (cases) |case| {
        var call = d.call(openOf(case[0], 0));
        try testing.expectEqual(core.Outcome.ask, core.start(&call));
        try testing.expectEqualStrings(case[1], (try asked(&call)).open_file.at.path);
        call = d.call(openOf(case[0], system.O.WRONLY));
        try testing.expectEqual(core.Outcome.local, core.start(&call));
        try testing.expectEqualStrings(case[1], call.path.?);
    }
    d.session.config.files_mode = 3;
    var call = d.call(.{ .rename = .{ .from = placeOf("x"), .to = placeOf(".."), .flags = 0 } });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    const change = (try asked(&call)).change;
    try testing.expectEqualStrings("/srv/app/x", change.at.path);
    try testing.expectEqualStrings("/srv/app/..", change.change.rename.to.path);
    var name: [32]u8 = undefined;
    call = d.call(.{ .working_directory = .{ .buffer = @intFromPtr(&name), .size = name.len } });
    try testing.expectEqual(core.Outcome.answer, core.start(&call));
    try testing.expectEqualStrings("/srv/app", name[0..@intCast(call.result - 1)]);
    d.stands_in = "/own";
    call = d.call(openOf("x", 0));
    try testing.expectEqual(core.Outcome.local, core.start(&call));
    // A directory that is here and not there.
    for ([_][*:0]const u8{ "/usr", "/nowhere" }, [_]core.Outcome{ .local, .answer }) |path, expected| {
        call = d.call(.{ .change_directory = .{ .path = @intFromPtr(path) } });
        try testing.expectEqual(core.Outcome.ask, core.start(&call));
        const missing = protocol.OpenReply{ .failed = .{ .errno = 2 } };
        try testing.expectEqual(expected, core.finish(&call, reply(&buffer, missing)));
    }
}

fn placeOf(path: [*:0]const u8) core.Place {
    return .{ .path = @intFromPtr(path) };
}

test "a change goes to the target when all that it names lies there" {
    var buffer: [512]u8 = undefined;
    var d = door(everything_remote);
    d.session.config.files_mode = 3;
    var call = d.call(.{ .rename = .{ .from = placeOf("/app/a"), .to = placeOf("/app/b"), .flags = 1 } });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    const change = (try asked(&call)).change;
    try testing.expectEqualStrings("/app/a", change.at.path);
    try testing.expectEqualStrings("/app/b", change.change.rename.to.path);
    const exists = protocol.ErrnoReply{ .errno = 17 };
    try testing.expectEqual(core.Outcome.answer, core.finish(&call, reply(&buffer, exists)));
    try testing.expectEqual(@as(i64, -17), call.result);
    call = d.call(.{ .rename = .{ .from = placeOf("/app/a"), .to = placeOf("relative"), .flags = 0 } });
    try testing.expectEqual(core.Outcome.answer, core.start(&call));
    try testing.expectEqual(-@as(i64, @intFromEnum(core.Errno.XDEV)), call.result);
    call = d.call(.{ .make_directory = .{ .at = placeOf("/app/d"), .mode = 0o777 } });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    try testing.expectEqual(@as(u32, 0o755), (try asked(&call)).change.change.make_directory.mode);
    d.session.config.files_mode = 2;
    call = d.call(.{ .remove = .{ .at = placeOf("/app/a") } });
    try testing.expectEqual(core.Outcome.local, core.start(&call));
}

test "the proxy decides about both paths of a change, one after the other" {
    var buffer: [512]u8 = undefined;
    var d = door(everything_asked);
    var call = d.call(.{ .link = .{ .from = placeOf("/a"), .to = placeOf("/b") } });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    try testing.expectEqualStrings("/a", (try asked(&call)).decide_path.path);
    const first = protocol.DecisionReply{ .verdict = 1, .mapped = "/mapped" };
    try testing.expectEqual(core.Outcome.ask, core.finish(&call, reply(&buffer, first)));
    try testing.expectEqualStrings("/b", (try asked(&call)).decide_path.path);
    const second = protocol.DecisionReply{ .verdict = 1, .mapped = null };
    try testing.expectEqual(core.Outcome.ask, core.finish(&call, reply(&buffer, second)));
    const change = (try asked(&call)).change;
    try testing.expectEqualStrings("/mapped", change.at.path);
    try testing.expectEqualStrings("/b", change.change.link.to.path);
}

test "an attribute's value is read and written with the caller's memory" {
    var buffer: [512]u8 = undefined;
    var d = door(everything_remote);
    d.session.config.files_mode = 3;
    const name = "user.a";
    var value = "value".*;
    var call = d.call(.{ .set_attribute = .{
        .at = placeOf("/app/a"),
        .name = @intFromPtr(name),
        .value = @intFromPtr(&value),
        .size = value.len,
        .flags = 2,
    } });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    const set = (try asked(&call)).change.change.set_attribute;
    try testing.expectEqualStrings("value", set.value);
    try testing.expectEqualStrings("user.a", set.name);
    const at = placeOf("/app/a");
    for ([_]usize{ 0, 3, 5 }, [_]i64{ 5, -34, 5 }) |size, expected| {
        call = d.call(.{
            .get_attribute = .{ .at = at, .name = @intFromPtr(name), .buffer = @intFromPtr(&value), .size = size },
        });
        try testing.expectEqual(core.Outcome.ask, core.start(&call));
        const answer = protocol.AttributeReply{ .ok = .{ .value = "VALUE" } };
        try testing.expectEqual(core.Outcome.answer, core.finish(&call, reply(&buffer, answer)));
        try testing.expectEqual(expected, call.result);
    }
    try testing.expectEqualStrings("VALUE", &value);
}

test "hidden paths are not there, and broken replies are input errors" {
    var hidden = door(everything_hidden);
    var call = hidden.call(openOf("/home/secret", 0));
    try testing.expectEqual(core.Outcome.answer, core.start(&call));
    try testing.expectEqual(@as(i64, -2), call.result);
    var remote = door(everything_remote);
    call = remote.call(openOf("/app/file", 0));
    _ = core.start(&call);
    try testing.expectEqual(core.Outcome.answer, core.finish(&call, "\xff\xff"));
    try testing.expectEqual(@as(i64, -5), call.result);
}

test "an interrupted connect gives back its socket, unharmed" {
    var d = door(everything_remote);
    var buffer: [512]u8 = undefined;
    const fd: i32 = @intCast(system.socket(linux.AF.INET, linux.SOCK.STREAM, 0));
    defer system.close(fd);
    const listener: i32 = @intCast(system.socket(linux.AF.INET, linux.SOCK.STREAM, 0));
    defer system.close(listener);
    _ = system.listen(listener, 1);
    var native = core.address.Native{ .length = 128 };
    _ = system.getsockname(listener, &native.bytes, &native.length);
    const port = core.address.port(core.address.parse(&native).?);
    const there = core.address.Address{ .v4 = .{ .address = .{ 10, 0, 0, 1 }, .port = 80 } };
    const wanted = core.address.format(there, core.address.family_v4);
    var call = d.call(.{ .connect = .{ .fd = fd, .address = @intFromPtr(&wanted.bytes), .length = wanted.length } });
    try testing.expectEqual(core.Outcome.ask, core.start(&call));
    try testing.expectEqual(@as(u16, 80), (try asked(&call)).connect.destination.v4.port);
    const proxy = protocol.ConnectReply{ .remote = .{
        .id = 9,
        .address = .{ .v4 = .{ .address = .{ 127, 0, 0, 1 }, .port = port } },
    } };
    try testing.expectEqual(core.Outcome.ask, core.finish(&call, reply(&buffer, proxy)));
    const started = (try asked(&call)).connect_started;
    try testing.expect(started.wait and started.id == 9 and started.local_port != 0);
    try testing.expect(call.interruptible);
    try testing.expectEqual(core.Outcome.answer, core.abandon(&call, .INTR));
    try testing.expectEqual(-@as(i64, @intFromEnum(linux.E.INTR)), call.result);
    const flags = system.fcntl(fd, linux.F.GETFL, 0);
    try testing.expectEqual(@as(isize, 0), flags & system.O.NONBLOCK);
}

//! The session's configuration file, which the proxy writes once and every process maps.

const std = @import("std");
const linux = std.os.linux;
const protocol = @import("protocol");
const system = @import("system.zig");

pub const Config = protocol.LayerConfig;

/// The variables that carry a session from process to process.
pub const variable = struct {
    /// `@mirrord-<session>:<secret in hex>`
    pub const proxy = "MIRRORD_LAYER_INTPROXY_ADDR";
    /// The path of the configuration file.
    pub const config = "MIRRORD_LAYER_CONFIG";
    /// For the program's own use; passed on.
    pub const resolved = "MIRRORD_RESOLVED_CONFIG";
    /// Set below the supervisor, which then does all the work.
    pub const supervised = "MIRRORD_SUPERVISED";
    /// Set by users who want a process left alone.
    pub const dont_load = "MIRRORD_DONT_LOAD";
};

/// What lies in the file: the configuration points into the mapping, which stays. `writing`: not 0 while a file of the target
/// is open for writing somewhere in the session; the proxy changes it.
pub const Mapped = struct { config: Config, writing: *const u32 };

/// Maps and reads the file at `path`. Null if it can't be used.
pub fn load(path: [*:0]const u8) ?Mapped {
    const opened = system.openat(system.AT_FDCWD, path, system.O.CLOEXEC, 0);
    if (opened < 0) return null;
    const fd: i32 = @intCast(opened);
    defer system.close(fd);
    var stat: linux.Stat = undefined;
    if (system.fstat(fd, &stat) < 0 or stat.size <= 0) return null;
    const size: usize = @intCast(stat.size);
    const mapped = linux.mmap(null, size, linux.PROT.READ, .{ .TYPE = .SHARED }, fd, 0);
    if (linux.E.init(mapped) != .SUCCESS) return null;
    const config = protocol.decodeConfigFile(@as([*]const u8, @ptrFromInt(mapped))[0..size]) catch return null;
    return .{ .config = config, .writing = @ptrFromInt(mapped + protocol.config_writing_offset) };
}

/// How to reach the proxy.
pub const Proxy = struct {
    /// The abstract unix socket's `struct sockaddr_un`.
    address: [110]u8,
    length: u32,
    secret: [16]u8,

    pub fn socketAddress(self: *const Proxy) []const u8 {
        return self.address[0..self.length];
    }

    /// Reads `@NAME:SECRET`.
    pub fn parse(text: []const u8) ?Proxy {
        const colon = std.mem.lastIndexOfScalar(u8, text, ':') orelse return null;
        const name = text[0..colon];
        if (name.len < 2 or name[0] != '@' or name.len > 108) return null;
        var proxy = Proxy{ .address = @splat(0), .length = @intCast(2 + name.len), .secret = undefined };
        std.mem.writeInt(u16, proxy.address[0..2], linux.AF.UNIX, .little);
        @memcpy(proxy.address[3..][0 .. name.len - 1], name[1..]);
        const decoded = std.fmt.hexToBytes(&proxy.secret, text[colon + 1 ..]) catch return null;
        return if (decoded.len == proxy.secret.len) proxy else null;
    }
};

/// Which way the calls reach the core, as told when joining.
pub const Door = enum(u8) { preload = 0, supervisor = 1 };

/// Encodes the first request on a connection.
pub fn joinRequest(into: []u8, proxy: *const Proxy, pid: u32, door: Door, program: []const u8) []const u8 {
    return protocol.encode(into, protocol.Request{ .join = .{
        .secret = proxy.secret,
        .pid = pid,
        .door = @intFromEnum(door),
        .program = program[0..@min(program.len, 1024)],
    } }) catch &.{};
}

/// Whether the proxy's answer to it lets us in.
pub fn joined(reply: []const u8) bool {
    const answer = protocol.decode(protocol.JoinReply, reply) catch return false;
    return answer.accepted;
}

const testing = std.testing;

test "the proxy's address and secret" {
    const proxy = Proxy.parse("@mirrord-ab12:000102030405060708090a0b0c0d0e0f").?;
    try testing.expectEqualSlices(u8, "\x01\x00\x00mirrord-ab12", proxy.socketAddress());
    try testing.expectEqual(@as(u8, 15), proxy.secret[15]);
    for ([_][]const u8{ "", "@a", ":", "a:00", "@a:00", "@a:zz0102030405060708090a0b0c0d0e0f" }) |wrong| {
        try testing.expect(Proxy.parse(wrong) == null);
    }
}

test "a join request carries the secret" {
    const proxy = Proxy.parse("@mirrord-ab12:000102030405060708090a0b0c0d0e0f").?;
    var room: [2048]u8 = undefined;
    const request = try protocol.decode(protocol.Request, joinRequest(&room, &proxy, 7, .preload, "/bin/x"));
    try testing.expectEqualSlices(u8, &proxy.secret, &request.join.secret);
    try testing.expectEqualStrings("/bin/x", request.join.program);
    try testing.expect(joined(&.{1}) and !joined(&.{0}) and !joined(&.{}));
}

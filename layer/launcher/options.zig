//! The agent's command line.
const std = @import("std");

pub const Target = union(enum) {
    /// A process of this machine, by its number here.
    pid: u32,
    /// The container whose id stands in its processes' cgroup paths.
    container_id: []const u8,
    /// We are an ephemeral container in the target's process namespace, where its first process is number 1.
    ephemeral,
    /// We are an ephemeral container in a pod with one process namespace for all: the target's is found by its container's id.
    ephemeral_container_id: []const u8,
    targetless,
};

pub const Listen = union(enum) {
    /// A unix socket in the abstract namespace, for a target on this machine.
    abstract: []const u8,
    /// A TCP port of one IPv4 address, for a port-forward.
    tcp: struct { address: [4]u8, port: u16 },
};

pub const Options = struct {
    target: Target,
    listen: Listen,
    /// Passed on to the agent, which knows them.
    rest: []const [*:0]const u8,
};

pub const Error = error{ MissingTarget, MissingListen, MissingValue, BadPid, BadListen, OutOfMemory };

/// What is not ours is left, in its order, wherever it stands.
pub fn parse(allocator: std.mem.Allocator, arguments: []const [*:0]const u8) Error!Options {
    var rest: std.ArrayList([*:0]const u8) = .empty;
    var target: ?Target = null;
    var listen: ?Listen = null;
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const name = std.mem.span(arguments[index]);
        if (std.mem.eql(u8, name, "--ephemeral")) {
            target = .ephemeral;
        } else if (std.mem.eql(u8, name, "--targetless")) {
            target = .targetless;
        } else if (std.mem.eql(u8, name, "--pid")) {
            index += 1;
            target = .{ .pid = std.fmt.parseInt(u32, try valueAt(arguments, index), 10) catch return error.BadPid };
        } else if (std.mem.eql(u8, name, "--container-id")) {
            index += 1;
            target = .{ .container_id = try valueAt(arguments, index) };
        } else if (std.mem.eql(u8, name, "--ephemeral-container-id")) {
            index += 1;
            target = .{ .ephemeral_container_id = try valueAt(arguments, index) };
        } else if (std.mem.eql(u8, name, "--listen")) {
            index += 1;
            listen = try parseListen(try valueAt(arguments, index));
        } else try rest.append(allocator, arguments[index]);
    }
    return .{
        .target = target orelse return error.MissingTarget,
        .listen = listen orelse return error.MissingListen,
        .rest = rest.items,
    };
}

fn valueAt(arguments: []const [*:0]const u8, index: usize) Error![]const u8 {
    if (index >= arguments.len) return error.MissingValue;
    return std.mem.span(arguments[index]);
}

fn parseListen(text: []const u8) Error!Listen {
    if (text.len > 1 and text[0] == '@') return .{ .abstract = text[1..] };
    const colon = std.mem.lastIndexOfScalar(u8, text, ':') orelse return error.BadListen;
    const port = std.fmt.parseInt(u16, text[colon + 1 ..], 10) catch return error.BadListen;
    const address = std.net.Ip4Address.parse(text[0..colon], port) catch return error.BadListen;
    return .{ .tcp = .{ .address = @bitCast(address.sa.addr), .port = port } };
}

/// A `struct sockaddr_un` in the abstract namespace.
pub const AbstractAddress = struct { bytes: std.os.linux.sockaddr.un, length: std.os.linux.socklen_t };

pub fn abstractAddress(name: []const u8) error{NameTooLong}!AbstractAddress {
    var bytes = std.os.linux.sockaddr.un{ .path = @splat(0) };
    if (name.len > bytes.path.len - 1) return error.NameTooLong;
    @memcpy(bytes.path[1..][0..name.len], name);
    return .{ .bytes = bytes, .length = @intCast(@offsetOf(std.os.linux.sockaddr.un, "path") + 1 + name.len) };
}

test "options are parsed and foreign ones left" {
    var arena = std.heap.ArenaAllocator.init(std.testing.allocator);
    defer arena.deinit();
    const allocator = arena.allocator();
    const options = try parse(allocator, &.{ "--stay", "--pid", "12", "--tls-cert", "x", "--listen", "127.0.0.1:80" });
    try std.testing.expectEqual(12, options.target.pid);
    try std.testing.expectEqual([4]u8{ 127, 0, 0, 1 }, options.listen.tcp.address);
    try std.testing.expectEqual(80, options.listen.tcp.port);
    try std.testing.expectEqual(3, options.rest.len);
    try std.testing.expectEqualStrings("x", std.mem.span(options.rest[2]));
    try std.testing.expectError(error.MissingListen, parse(allocator, &.{"--targetless"}));
    try std.testing.expectError(error.BadPid, parse(allocator, &.{ "--pid", "x" }));
    try std.testing.expectError(error.BadListen, parse(allocator, &.{ "--pid", "1", "--listen", "nowhere" }));
    try std.testing.expectEqualStrings("a", (try parse(allocator, &.{ "--ephemeral", "--listen", "@a" })).listen.abstract);
    const shared = try parse(allocator, &.{ "--ephemeral-container-id", "0123", "--listen", "@a" });
    try std.testing.expectEqualStrings("0123", shared.target.ephemeral_container_id);
}

//! Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
//! directory, host name, port.

const std = @import("std");

const Cells = struct {
    env: []const u8,
    read: []const u8,
    write: []const u8,
    list: []const u8,
    resolve: []const u8,
    connect: []const u8,
};

pub fn main() !void {
    var arena = std.heap.ArenaAllocator.init(std.heap.page_allocator);
    const memory = arena.allocator();
    const arguments = try std.process.argsAlloc(memory);
    const name = arguments[5];
    const port = try std.fmt.parseInt(u16, arguments[6], 10);
    const cells = Cells{
        .env = std.posix.getenv(arguments[1]) orelse "unset",
        .read = std.fs.cwd().readFileAlloc(memory, arguments[2], 1 << 20) catch |failure| @errorName(failure),
        .write = write(arguments[3]) catch |failure| @errorName(failure),
        .list = list(memory, arguments[4]) catch |failure| @errorName(failure),
        .resolve = resolve(memory, name) catch |failure| @errorName(failure),
        .connect = connect(memory, name, port) catch |failure| @errorName(failure),
    };
    const text = try std.fmt.allocPrint(memory, "{f}\n", .{std.json.fmt(cells, .{})});
    try std.fs.File.stdout().writeAll(text);
}

fn write(path: []const u8) ![]const u8 {
    try std.fs.cwd().writeFile(.{ .sub_path = path, .data = "written by a program\n" });
    return "ok";
}

fn list(memory: std.mem.Allocator, path: []const u8) ![]const u8 {
    var folder = try std.fs.cwd().openDir(path, .{ .iterate = true });
    defer folder.close();
    var names: std.ArrayList([]const u8) = .empty;
    var entries = folder.iterate();
    while (try entries.next()) |entry| try names.append(memory, try memory.dupe(u8, entry.name));
    std.mem.sort([]const u8, names.items, {}, struct {
        fn before(_: void, left: []const u8, right: []const u8) bool {
            return std.mem.lessThan(u8, left, right);
        }
    }.before);
    return std.mem.join(memory, " ", names.items);
}

fn resolve(memory: std.mem.Allocator, name: []const u8) ![]const u8 {
    const found = try std.net.getAddressList(memory, name, 0);
    for (found.addrs) |address| {
        if (address.any.family != std.posix.AF.INET) continue;
        const bytes: [4]u8 = @bitCast(address.in.sa.addr);
        return std.fmt.allocPrint(memory, "{d}.{d}.{d}.{d}", .{ bytes[0], bytes[1], bytes[2], bytes[3] });
    }
    return error.NoAddress;
}

fn connect(memory: std.mem.Allocator, name: []const u8, port: u16) ![]const u8 {
    const stream = try std.net.tcpConnectToHost(memory, name, port);
    defer stream.close();
    try stream.writeAll("GET / HTTP/1.0\r\nHost: service\r\n\r\n");
    var text: std.ArrayList(u8) = .empty;
    var buffer: [4096]u8 = undefined;
    while (true) {
        const count = try std.posix.read(stream.handle, &buffer);
        if (count == 0) break;
        try text.appendSlice(memory, buffer[0..count]);
    }
    const head = std.mem.indexOf(u8, text.items, "\r\n\r\n") orelse return error.NoAnswer;
    return text.items[head + 4 ..];
}

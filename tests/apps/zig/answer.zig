//! An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen.

const std = @import("std");

pub fn main() !void {
    const memory = std.heap.page_allocator;
    const arguments = try std.process.argsAlloc(memory);
    const port = try std.fmt.parseInt(u16, arguments[1], 10);
    const word = arguments[2];
    const seen = try std.fs.cwd().createFile(arguments[3], .{ .truncate = false });
    const address = std.net.Address.initIp4(.{ 0, 0, 0, 0 }, port);
    var server = try address.listen(.{ .reuse_address = true });
    while (true) {
        const connection = try server.accept();
        answer(connection.stream, word, seen) catch |failure| std.debug.print("{t}\n", .{failure});
    }
}

fn answer(stream: std.net.Stream, word: []const u8, seen: std.fs.File) !void {
    defer stream.close();
    var buffer: [4096]u8 = undefined;
    if (try std.posix.read(stream.handle, &buffer) == 0) return;
    try seen.seekFromEnd(0);
    try seen.writeAll("a request\n");
    const format = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {d}\r\n\r\n{s}";
    try stream.writeAll(try std.fmt.bufPrint(&buffer, format, .{ word.len, word }));
}

//! fsync(2), fdatasync(2) and close(2): what was written to a remote file is brought to the target, and what went wrong
//! with it is told here. Writing itself is native.

const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const state = @import("../state.zig");

const OfDescriptor = *const fn (c_int) callconv(.c) c_int;
const Stream = ?*anyopaque;
const OfStream = *const fn (Stream) callconv(.c) c_int;
const Purpose = @FieldType(@FieldType(core.Arguments, "flush"), "purpose");

/// Whether anything can have been written to the target in this session.
fn mayHaveWritten() bool {
    return state.isActive() and state.session.writesRemotely();
}

/// 0 if there was nothing to bring, or it has arrived.
pub fn flush(fd: c_int, purpose: Purpose) i64 {
    if (!mayHaveWritten()) return 0;
    // Closing what was only read costs no question.
    if (purpose == .close and !isWritable(fd)) return 0;
    var v: door.Visit = undefined;
    defer v.end();
    return switch (v.start(.{ .flush = .{ .fd = fd, .purpose = purpose } })) {
        .local => 0,
        .value => |value| value,
    };
}

fn isWritable(fd: c_int) bool {
    const get_flags = 3;
    const flags = core.system.fcntl(fd, get_flags, 0);
    return flags >= 0 and @as(u32, @intCast(flags)) & core.system.O.ACCMODE != core.system.O.RDONLY;
}

fn synchronise(comptime name: [:0]const u8, comptime purpose: Purpose) OfDescriptor {
    return struct {
        fn hook(fd: c_int) callconv(.c) c_int {
            const result = native.call(name, OfDescriptor, .{fd});
            if (result != 0) return result;
            return native.result(c_int, flush(fd, purpose));
        }
    }.hook;
}

/// The descriptor is closed in any case.
fn close(fd: c_int) callconv(.c) c_int {
    const flushed = flush(fd, .close);
    const closed = native.call("close", OfDescriptor, .{fd});
    return if (flushed < 0 and closed == 0) native.result(c_int, flushed) else closed;
}

/// libc writes the rest of its buffer, and closes, inside.
fn fclose(stream: Stream) callconv(.c) c_int {
    if (!mayHaveWritten() or stream == null) return native.call("fclose", OfStream, .{stream});
    const fd = native.call("fileno", OfStream, .{stream});
    const written = if (fd < 0) 0 else native.call("fflush", OfStream, .{stream});
    const flushed = if (fd < 0 or written != 0) 0 else flush(fd, .close);
    const closed = native.call("fclose", OfStream, .{stream});
    return if (flushed < 0 and closed == 0) native.result(c_int, flushed) else closed;
}

comptime {
    @export(synchronise("fsync", .all), .{ .name = "fsync" });
    @export(synchronise("fdatasync", .data), .{ .name = "fdatasync" });
    @export(&close, .{ .name = "close" });
    @export(&fclose, .{ .name = "fclose" });
}

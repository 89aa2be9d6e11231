//! fsync(2), fdatasync(2), and all that lets go of a file: what was written to a remote one is brought to the target, and
//! what went wrong with it is told here. Writing itself is native.

const core = @import("core");
const door = @import("../door.zig");
const native = @import("../native.zig");
const settling = @import("../settling.zig");

const OfDescriptor = *const fn (c_int) callconv(.c) c_int;
const Duplicate = *const fn (c_int, c_int) callconv(.c) c_int;
const Duplicate3 = *const fn (c_int, c_int, c_int) callconv(.c) c_int;
const CloseRange = *const fn (c_uint, c_uint, c_int) callconv(.c) c_int;
const CloseFrom = *const fn (c_int) callconv(.c) void;
const Stream = ?*anyopaque;
const OfStream = *const fn (Stream) callconv(.c) c_int;
const Purpose = @FieldType(@FieldType(core.Arguments, "flush"), "purpose");

/// CLOSE_RANGE_CLOEXEC: nothing is closed now.
const only_marked = 4;

/// 0 if there was nothing to bring, or it has arrived.
pub fn flush(fd: c_int, purpose: Purpose) i64 {
    if (!settling.isNeeded()) return 0;
    // Closing what was only read costs no question.
    if (purpose == .close and !core.system.mayWrite(fd)) return 0;
    var v: door.Visit = undefined;
    defer v.end();
    return switch (v.start(.{ .flush = .{ .fd = fd, .purpose = purpose } })) {
        .local => 0,
        .value => |value| value,
    };
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

/// The number may have been a remote file's until now.
fn dup2(fd: c_int, number: c_int) callconv(.c) c_int {
    if (fd != number) settling.settleFile(number);
    return native.call("dup2", Duplicate, .{ fd, number });
}

fn dup3(fd: c_int, number: c_int, flags: c_int) callconv(.c) c_int {
    if (fd != number) settling.settleFile(number);
    return native.call("dup3", Duplicate3, .{ fd, number, flags });
}

fn closeRange(first: c_uint, last: c_uint, flags: c_int) callconv(.c) c_int {
    if (flags & only_marked == 0) settling.settle();
    return native.call("close_range", CloseRange, .{ first, last, flags });
}

fn closeFrom(first: c_int) callconv(.c) void {
    settling.settle();
    if (native.find("closefrom", CloseFrom)) |function| function(first);
}

/// libc writes the rest of its buffer, and closes, inside.
fn fclose(stream: Stream) callconv(.c) c_int {
    const flushed = flushStream(stream);
    const closed = native.call("fclose", OfStream, .{stream});
    return if (flushed < 0 and closed == 0) native.result(c_int, flushed) else closed;
}

/// For a stream that is about to be closed.
pub fn flushStream(stream: Stream) i64 {
    if (stream == null or !settling.isNeeded()) return 0;
    const fd = native.call("fileno", OfStream, .{stream});
    if (fd < 0 or native.call("fflush", OfStream, .{stream}) != 0) return 0;
    return flush(fd, .close);
}

comptime {
    @export(synchronise("fsync", .all), .{ .name = "fsync" });
    @export(synchronise("fdatasync", .data), .{ .name = "fdatasync" });
    @export(&close, .{ .name = "close" });
    @export(&dup2, .{ .name = "dup2" });
    @export(&dup3, .{ .name = "dup3" });
    @export(&closeRange, .{ .name = "close_range" });
    @export(&closeFrom, .{ .name = "closefrom" });
    @export(&fclose, .{ .name = "fclose" });
}

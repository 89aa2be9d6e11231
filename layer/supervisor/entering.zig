//! chdir(2) into another directory than the caller's path says: the caller is given the directory open, made to change to
//! it and to close it again.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const announce = @import("announce.zig");
const Injection = @import("injecting.zig").Injection;
const narrow = @import("narrow.zig");
const slots = @import("slots.zig");
const Service = @import("service.zig").Service;
const system = core.system;

/// Ends the call of slot `index`: its caller stands in the directory at `path`, or learns why not.
pub fn enter(service: *Service, index: u32, path: [:0]const u8) void {
    const slot = slots.at(index);
    // A descriptor of O_PATH can't be given away.
    const opened = system.openat(system.AT_FDCWD, path, system.O.DIRECTORY | system.O.CLOEXEC, 0);
    if (opened < 0) return service.finish(index, opened);
    defer system.close(@intCast(opened));
    const is_narrow = slot.notification.data.arch == narrow.architecture;
    var injection = Injection.begin(slot.tracee.tid, is_narrow) orelse return refuse(service, index);
    const given = service.listener.addDescriptor(slot.notification.id, @intCast(opened));
    injection.interrupt();
    service.listener.answer(slot.notification.id, 0);
    if (injection.stop()) injection.end(if (given < 0) given else change(&injection, @intCast(given)) orelse 0);
    service.release(index);
}

fn change(injection: *Injection, fd: i32) ?i64 {
    const numbers = if (injection.narrow) narrow.changing else [_]u32{ @intFromEnum(linux.SYS.fchdir), @intFromEnum(linux.SYS.close) };
    const result = injection.call(numbers[0], fd) orelse return null;
    _ = injection.call(numbers[1], fd);
    return result;
}

fn refuse(service: *Service, index: u32) void {
    const text = "process {d} cannot enter a directory of the target while it is debugged";
    announce.log(service.session, &service.proxy, text, .{slots.at(index).tracee.tid});
    service.finish(index, -@as(i64, @intFromEnum(linux.E.PERM)));
}

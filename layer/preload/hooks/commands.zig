//! system(3) and popen(3): libc starts a shell inside them with the program's own environment, which may no longer say
//! that it belongs to the session (a program that clears its environment).

const core = @import("core");
const environment = @import("../environment.zig");
const launching = @import("../launching.zig");
const native = @import("../native.zig");
const settling = @import("../settling.zig");
const state = @import("../state.zig");
const symbols = @import("../symbols.zig");
const Path = native.Path;

const System = *const fn (Path) callconv(.c) c_int;
const Pipe = *const fn (Path, Path) callconv(.c) ?*anyopaque;
/// libc's `environ`.
const Variable = *?*const anyopaque;

/// Calls `run(context)` while `environ` is complete. Other threads see some variables more for that time.
fn withEnvironment(context: anytype, comptime run: fn (@TypeOf(context)) isize) isize {
    const found = if (state.isMember()) symbols.global("environ") else null;
    const variable: Variable = @ptrFromInt(found orelse return run(context));
    const block = launching.blockOf(variable.*);
    const needed = environment.roomFor(block);
    if (needed == 0) return run(context);
    const Exchanged = struct {
        variable: Variable,
        context: @TypeOf(context),

        fn call(self: @This(), room: []?launching.Entry) isize {
            const own = self.variable.*;
            const full: *const anyopaque = @ptrCast(environment.completed(launching.blockOf(own), room));
            self.variable.* = full;
            // A variable that was set meanwhile has made libc copy the block: the copy stays.
            defer if (self.variable.* == full) {
                self.variable.* = own;
            };
            return run(self.context);
        }
    };
    return launching.withRoom(needed, Exchanged{ .variable = variable, .context = context }, Exchanged.call);
}

fn system(command: Path) callconv(.c) c_int {
    const status = withEnvironment(command, runSystem);
    settling.settle();
    return @intCast(status);
}

fn runSystem(command: Path) isize {
    return native.call("system", System, .{command});
}

const Opened = struct { command: Path, mode: Path };

fn popen(command: Path, mode: Path) callconv(.c) ?*anyopaque {
    const stream = withEnvironment(Opened{ .command = command, .mode = mode }, runPipe);
    return @ptrFromInt(@as(usize, @bitCast(stream)));
}

fn runPipe(opened: Opened) isize {
    return @bitCast(@intFromPtr(native.call("popen", Pipe, .{ opened.command, opened.mode })));
}

comptime {
    @export(&system, .{ .name = "system" });
    @export(&popen, .{ .name = "popen" });
}

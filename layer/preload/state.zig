//! What the layer knows in this process. Written once, by the constructor.

const std = @import("std");
const linux = std.os.linux;
const core = @import("core");
const environment = @import("environment.zig");
const process = @import("process.zig");
const startup = @import("startup.zig");
const system = core.system;
const variable = core.config.variable;

/// False: every hook does what libc does. Processes outside a session, skipped programs, and all below a supervisor.
var active: bool = false;
pub var session: core.Session = undefined;
pub var proxy: core.config.Proxy = undefined;
/// Whether static programs are to be executed below the supervisor, and where that is. Skipped programs do this, too:
/// what they start (a build tool's result) belongs to the session.
var chooses_door: bool = false;
pub var supervisor: ?[*:0]const u8 = null;

var working_directory: [core.path_limit]u8 = undefined;
var executable: [core.path_limit]u8 = undefined;
var supervisor_path: [core.path_limit]u8 = @splat(0);

/// 1 once somebody has begun to read the environment; `settled` when nobody needs to any more.
var begun: u32 = 0;
var settled: bool = false;

/// Whether hooks do more than libc.
pub inline fn isActive() bool {
    if (!settled and !active) settleEarly();
    return active;
}

/// Whether this process belongs to a session without being served by a supervisor: what it executes does, too.
pub fn isMember() bool {
    if (!settled and !active) settleEarly();
    return chooses_door;
}

/// Constructors of other libraries may run, and make calls, before ours.
noinline fn settleEarly() void {
    const started = startup.read(0, 0, 0) orelse return;
    if (@atomicRmw(u32, &begun, .Xchg, 1, .acq_rel) == 0) init(&started);
}

/// Called by our constructor, with what the loader passed to it.
pub fn settle(argc: usize, argv: usize, envp: usize) void {
    if (startup.read(argc, argv, envp)) |started| {
        if (@atomicRmw(u32, &begun, .Xchg, 1, .acq_rel) == 0) init(&started);
    }
    settled = true;
}

/// Nothing is asked of the proxy here: a process that never uses the session costs it nothing.
fn init(started: *const startup.Startup) void {
    const address = started.variable(variable.proxy) orelse return;
    proxy = core.config.Proxy.parse(address) orelse return;
    const path = started.variable(variable.config) orelse return;
    const mapped = core.config.load(path) orelse return;
    const config = mapped.config;
    session = .{ .config = config, .writing = mapped.writing, .working_directory = workingDirectory(), .executable = executableOf() };
    if (started.variable(variable.dont_load) != null) return;
    if (started.variable(variable.supervised) != null) return environment.keep(started, "");
    environment.keep(started, config.layer_path);
    chooses_door = true;
    supervisor = supervisorPath(config.supervisor_path);
    const called = if (started.arguments[0]) |name| std.mem.span(name) else session.executable;
    session.noteStart();
    // Who is started in a directory of the target works there: on this machine it would see a shadow's empty files.
    if (!session.may_stand_in_target and session.isSkipped(session.executable, called)) return;
    session.noteScripts(started.arguments);
    process.init();
    active = true;
}

fn supervisorPath(path: []const u8) ?[*:0]const u8 {
    if (path.len == 0 or path.len >= supervisor_path.len) return null;
    @memcpy(supervisor_path[0..path.len], path);
    return @ptrCast(&supervisor_path);
}

fn workingDirectory() []const u8 {
    const result: isize = @bitCast(linux.getcwd(&working_directory, working_directory.len));
    return if (result <= 1) "" else working_directory[0..@intCast(result - 1)];
}

fn executableOf() []const u8 {
    const result: isize = @bitCast(linux.readlink("/proc/self/exe", &executable, executable.len));
    return if (result <= 0) "" else executable[0..@intCast(result)];
}

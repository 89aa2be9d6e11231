//! The seccomp filter: which system calls are notified. It is inherited for ever and taxes every call of the program, so
//! only what the session's configuration needs is in it, and reading, writing, polling never are.
const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;
const checked = @import("checked");
const core = @import("core");
const kernel = @import("kernel.zig");
const narrow = @import("narrow.zig");

/// Which groups of calls the session's configuration needs.
pub const Needs = struct { files: bool, network: bool, hostname: bool, ipv6: bool = true };

const Instruction = extern struct { code: u16, jump_true: u8 = 0, jump_false: u8 = 0, k: u32 };
const Program = extern struct { length: u16, instructions: [*]const Instruction };

const load_word = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jump = 0x05; // BPF_JMP | BPF_JA
const jump_equal = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jump_at_least = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const give_back = 0x06; // BPF_RET | BPF_K

const is_x86 = builtin.cpu.arch == .x86_64;
const no_such_call = linux.SECCOMP.RET.ERRNO | @as(u32, @intFromEnum(linux.E.NOSYS));

const offset_number = 0;
const offset_architecture = 4;
const offset_arguments = 16;

const architecture: u32 = switch (builtin.cpu.arch) {
    .x86_64 => 0xC000003E,
    .aarch64 => 0xC00000B7,
    else => @compileError("no filter for this architecture"),
};

const file_calls = native(&.{
    .openat, .openat2, .statx, .faccessat, .faccessat2, .readlinkat, .statfs, .fstatfs, .fstat, .chdir, .getcwd,
}) ++
    if (builtin.cpu.arch == .x86_64)
        native(&.{ .open, .creat, .stat, .lstat, .fstatat64, .access, .readlink })
    else
        native(&.{.fstatat64});
const change_calls = native(&core.changes.calls) ++
    if (builtin.cpu.arch == .x86_64) native(&core.changes.old_calls) else native(&.{});
const network_calls = native(&.{ .connect, .bind, .listen, .accept, .accept4, .getsockname, .getpeername });
/// Whose messages may have an address; the filter can't see whether they do.
const message_calls = native(&.{ .sendmsg, .sendmmsg, .recvmsg, .recvmmsg });
const process_calls = native(&.{ .execve, .execveat, .seccomp });
const hostname_calls = native(&.{.uname});

fn native(comptime calls: []const linux.SYS) []const u32 {
    comptime {
        var numbers: [calls.len]u32 = undefined;
        for (calls, &numbers) |call, *number| number.* = @intCast(@intFromEnum(call));
        const final = numbers;
        return &final;
    }
}

/// Instructions; the kernel takes 4096.
const most = 1024;

const Builder = struct {
    instructions: [most]Instruction = undefined,
    length: u16 = 0,

    fn put(self: *Builder, instruction: Instruction) void {
        self.instructions[self.length] = instruction;
        self.length += 1;
    }

    fn returns(self: *Builder, action: u32) void {
        self.put(.{ .code = give_back, .k = action });
    }

    fn onNumber(self: *Builder, number: u32, action: u32) void {
        self.put(.{ .code = jump_equal, .jump_false = 1, .k = number });
        self.returns(action);
    }

    /// What happens to the calls of one table.
    fn table(self: *Builder, calls: Table, needs: Needs) void {
        self.put(.{ .code = load_word, .k = offset_number });
        // io_uring would go round the filter; programs fall back to ordinary calls.
        self.onNumber(calls.io_uring_setup, no_such_call);
        if (needs.files) for (calls.refused) |number| self.onNumber(number, no_such_call);
        for (calls.processes) |number| self.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
        if (needs.files) for (calls.files) |number| self.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
        if (needs.hostname) for (calls.hostname) |number| self.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
        if (needs.network) {
            for (calls.network) |number| self.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
            for (calls.messages) |number| self.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
            for (calls.addressed) |number| self.onAddress(number);
            self.onSocketError(calls.getsockopt);
        }
        if (!needs.ipv6) self.withoutIpv6(calls.socket);
        self.returns(linux.SECCOMP.RET.ALLOW);
    }

    /// sendto and recvfrom are notified when their fifth argument, the address, is not null.
    fn onAddress(self: *Builder, number: u32) void {
        const address = offset_arguments + 8 * 4;
        self.put(.{ .code = jump_equal, .jump_false = 6, .k = number });
        self.put(.{ .code = load_word, .k = address });
        self.put(.{ .code = jump_equal, .jump_false = 2, .k = 0 });
        self.put(.{ .code = load_word, .k = address + 4 });
        self.put(.{ .code = jump_equal, .jump_true = 1, .k = 0 });
        self.returns(linux.SECCOMP.RET.USER_NOTIF);
        self.returns(linux.SECCOMP.RET.ALLOW);
    }

    /// Sockets of IPv6 can't be had.
    fn withoutIpv6(self: *Builder, socket: u32) void {
        self.put(.{ .code = jump_equal, .jump_false = 4, .k = socket });
        self.put(.{ .code = load_word, .k = offset_arguments });
        self.put(.{ .code = jump_equal, .jump_false = 1, .k = linux.AF.INET6 });
        self.returns(linux.SECCOMP.RET.ERRNO | @as(u32, @intFromEnum(linux.E.AFNOSUPPORT)));
        self.returns(linux.SECCOMP.RET.ALLOW);
    }

    /// getsockopt is notified only for SOL_SOCKET/SO_ERROR: the true error of a connection.
    fn onSocketError(self: *Builder, number: u32) void {
        self.put(.{ .code = jump_equal, .jump_false = 6, .k = number });
        self.put(.{ .code = load_word, .k = offset_arguments + 8 });
        self.put(.{ .code = jump_equal, .jump_false = 3, .k = linux.SOL.SOCKET });
        self.put(.{ .code = load_word, .k = offset_arguments + 16 });
        self.put(.{ .code = jump_equal, .jump_false = 1, .k = linux.SO.ERROR });
        self.returns(linux.SECCOMP.RET.USER_NOTIF);
        self.returns(linux.SECCOMP.RET.ALLOW);
    }
};

/// The numbers of one call table.
const Table = struct {
    files: []const u32,
    network: []const u32,
    messages: []const u32,
    addressed: []const u32,
    socket: u32,
    hostname: []const u32,
    processes: []const u32,
    /// Forms of the calls about files that are told not to exist: programs fall back to others.
    refused: []const u32,
    getsockopt: u32,
    io_uring_setup: u32,
};

const own_table = Table{
    .files = file_calls ++ change_calls,
    .network = network_calls,
    .messages = message_calls,
    .addressed = native(&.{ .sendto, .recvfrom }),
    .socket = @intFromEnum(linux.SYS.socket),
    .hostname = hostname_calls,
    .processes = process_calls,
    .refused = native(&core.changes.refused_calls),
    .getsockopt = @intFromEnum(linux.SYS.getsockopt),
    .io_uring_setup = @intFromEnum(linux.SYS.io_uring_setup),
};
const narrow_table = Table{
    .files = narrow.file_calls,
    .network = narrow.network_calls,
    .messages = narrow.message_calls,
    .addressed = narrow.addressed_calls,
    .socket = narrow.socket,
    .hostname = narrow.hostname_calls,
    .processes = narrow.process_calls,
    .refused = narrow.refused_calls,
    .getsockopt = narrow.getsockopt,
    .io_uring_setup = narrow.io_uring_setup,
};

fn build(needs: Needs) Builder {
    var builder = Builder{};
    builder.put(.{ .code = load_word, .k = offset_architecture });
    builder.put(.{ .code = jump_equal, .jump_true = 1, .k = architecture });
    const elsewhere = builder.length;
    builder.put(.{ .code = jump, .k = 0 });
    if (is_x86) {
        // The x32 calls bear the mark of 64 bit, with numbers of their own; no distribution's kernel knows them.
        builder.put(.{ .code = load_word, .k = offset_number });
        builder.put(.{ .code = jump_at_least, .jump_false = 1, .k = 0x4000_0000 });
        builder.returns(no_such_call);
    }
    builder.table(own_table, needs);
    builder.instructions[elsewhere].k = builder.length - elsewhere - 1;
    if (is_x86) builder.table(narrow_table, needs) else builder.returns(no_such_call);
    return builder;
}

const new_listener = 1 << 3;
const spec_allow = 1 << 2;
/// Kernel 5.19: a signal does not interrupt a call once it was received, so nothing is done twice.
const wait_killable = 1 << 5;

/// Puts the filter onto this thread and returns the notification descriptor. With the right to do so, privileges stay as
/// they are (sudo works inside); without it no program of the tree can gain any.
pub fn install(needs: Needs) checked.Error!i32 {
    const builder = build(needs);
    const program = Program{ .length = builder.length, .instructions = &builder.instructions };
    return load(&program) catch {
        _ = linux.prctl(@intFromEnum(linux.PR.SET_NO_NEW_PRIVS), 1, 0, 0, 0);
        return load(&program);
    };
}

fn load(program: *const Program) checked.Error!i32 {
    for ([_]u32{ new_listener | spec_allow | wait_killable, new_listener }) |flags| {
        const result = linux.seccomp(linux.SECCOMP.SET_MODE_FILTER, flags, program);
        if (linux.E.init(result) != .INVAL) return @intCast(try checked.check(result));
    }
    return error.SystemCall;
}

/// What the filter says of a call, as the kernel would find it.
fn verdict(builder: *const Builder, data: [16]u32) u32 {
    var accumulator: u32 = 0;
    var at: usize = 0;
    while (true) : (at += 1) {
        const instruction = builder.instructions[at];
        switch (instruction.code) {
            load_word => accumulator = data[instruction.k / 4],
            jump => at += instruction.k,
            jump_equal => at += if (accumulator == instruction.k) instruction.jump_true else instruction.jump_false,
            jump_at_least => at += if (accumulator >= instruction.k) instruction.jump_true else instruction.jump_false,
            give_back => return instruction.k,
            else => unreachable,
        }
    }
}

fn notified(table_of: u32, number: u32, second: u32, third: u32) [16]u32 {
    var data: [16]u32 = @splat(0);
    data[0] = number;
    data[1] = table_of;
    data[6] = second;
    data[8] = third;
    return data;
}

const testing = std.testing;
const notify: u32 = linux.SECCOMP.RET.USER_NOTIF;
const allow: u32 = linux.SECCOMP.RET.ALLOW;

test "only what is needed is notified" {
    const files = build(.{ .files = true, .network = false, .hostname = false });
    const network = build(.{ .files = false, .network = true, .hostname = false });
    const openat: u32 = @intFromEnum(linux.SYS.openat);
    const connect: u32 = @intFromEnum(linux.SYS.connect);
    try testing.expectEqual(notify, verdict(&files, notified(architecture, openat, 0, 0)));
    try testing.expectEqual(allow, verdict(&files, notified(architecture, connect, 0, 0)));
    try testing.expectEqual(allow, verdict(&network, notified(architecture, openat, 0, 0)));
    try testing.expectEqual(notify, verdict(&network, notified(architecture, connect, 0, 0)));
    const option: u32 = @intFromEnum(linux.SYS.getsockopt);
    try testing.expectEqual(notify, verdict(&network, notified(architecture, option, linux.SOL.SOCKET, linux.SO.ERROR)));
    try testing.expectEqual(allow, verdict(&network, notified(architecture, option, linux.SOL.SOCKET, linux.SO.TYPE)));
    const close: u32 = @intFromEnum(linux.SYS.close);
    try testing.expectEqual(allow, verdict(&files, notified(architecture, close, 0, 0)));
    const ring: u32 = @intFromEnum(linux.SYS.io_uring_setup);
    try testing.expectEqual(no_such_call, verdict(&files, notified(architecture, ring, 0, 0)));
}

test "a message is notified when it may have an address" {
    const network = build(.{ .files = false, .network = true, .hostname = false, .ipv6 = false });
    var sent = notified(architecture, @intFromEnum(linux.SYS.sendto), 0, 0);
    try testing.expectEqual(allow, verdict(&network, sent));
    for ([_]usize{ 12, 13 }) |half| {
        sent[12] = 0;
        sent[13] = 0;
        sent[half] = 1;
        try testing.expectEqual(notify, verdict(&network, sent));
    }
    const recvmsg: u32 = @intFromEnum(linux.SYS.recvmsg);
    try testing.expectEqual(notify, verdict(&network, notified(architecture, recvmsg, 0, 0)));
    var made = notified(architecture, @intFromEnum(linux.SYS.socket), 0, 0);
    made[4] = linux.AF.INET;
    try testing.expectEqual(allow, verdict(&network, made));
    made[4] = linux.AF.INET6;
    const refused = linux.SECCOMP.RET.ERRNO | @as(u32, @intFromEnum(linux.E.AFNOSUPPORT));
    try testing.expectEqual(refused, verdict(&network, made));
}

test "the longest filter has room" {
    const longest = build(.{ .files = true, .network = true, .hostname = true, .ipv6 = false });
    try testing.expect(longest.length < most);
}

test "calls of other tables are known, or do not exist" {
    const all = build(.{ .files = true, .network = true, .hostname = true });
    if (!is_x86) return testing.expectEqual(no_such_call, verdict(&all, notified(1, 5, 0, 0)));
    for ([_]u32{ 5, 195, 295, 102, 122, 362, 39, 193, 212, 268, 370, 412 }) |number| {
        try testing.expectEqual(notify, verdict(&all, notified(narrow.architecture, number, 0, 0)));
    }
    for ([_]u32{ 3, 4, 6, 20 }) |number| try testing.expectEqual(allow, verdict(&all, notified(narrow.architecture, number, 0, 0)));
    try testing.expectEqual(no_such_call, verdict(&all, notified(architecture, 0x4000_0000 + 2, 0, 0)));
}

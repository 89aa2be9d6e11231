//! The seccomp filter: which system calls are notified. It is inherited for ever and taxes every call of the program, so
//! only what the session's configuration needs is in it, and reading, writing, polling never are.
const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;
const kernel = @import("kernel.zig");

/// Which groups of calls the session's configuration needs.
pub const Needs = struct { files: bool, network: bool, hostname: bool };

const Instruction = extern struct { code: u16, jump_true: u8 = 0, jump_false: u8 = 0, k: u32 };
const Program = extern struct { length: u16, instructions: [*]const Instruction };

const load_word = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jump_equal = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const give_back = 0x06; // BPF_RET | BPF_K

const offset_number = 0;
const offset_architecture = 4;
const offset_arguments = 16;

const architecture: u32 = switch (builtin.cpu.arch) {
    .x86_64 => 0xC000003E,
    .aarch64 => 0xC00000B7,
    else => @compileError("no filter for this architecture"),
};

const file_calls = native(&.{ .openat, .openat2, .statx, .faccessat, .faccessat2, .readlinkat, .statfs, .fstat }) ++
    if (builtin.cpu.arch == .x86_64)
        native(&.{ .open, .creat, .stat, .lstat, .fstatat64, .access, .readlink })
    else
        native(&.{.fstatat64});
const network_calls = native(&.{ .connect, .bind, .listen, .accept, .accept4, .getsockname, .getpeername });
const hostname_calls = native(&.{.uname});

fn native(comptime calls: []const linux.SYS) []const u32 {
    comptime {
        var numbers: [calls.len]u32 = undefined;
        for (calls, &numbers) |call, *number| number.* = @intCast(@intFromEnum(call));
        const final = numbers;
        return &final;
    }
}

const Builder = struct {
    instructions: [128]Instruction = undefined,
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

    /// getsockopt is notified only for SOL_SOCKET/SO_ERROR: the true error of a connection.
    fn onSocketError(self: *Builder) void {
        self.put(.{ .code = jump_equal, .jump_false = 6, .k = @intFromEnum(linux.SYS.getsockopt) });
        self.put(.{ .code = load_word, .k = offset_arguments + 8 });
        self.put(.{ .code = jump_equal, .jump_false = 3, .k = linux.SOL.SOCKET });
        self.put(.{ .code = load_word, .k = offset_arguments + 16 });
        self.put(.{ .code = jump_equal, .jump_false = 1, .k = linux.SO.ERROR });
        self.returns(linux.SECCOMP.RET.USER_NOTIF);
        self.returns(linux.SECCOMP.RET.ALLOW);
    }
};

fn build(needs: Needs) Builder {
    var builder = Builder{};
    builder.put(.{ .code = load_word, .k = offset_architecture });
    builder.put(.{ .code = jump_equal, .jump_true = 1, .k = architecture });
    builder.returns(linux.SECCOMP.RET.ALLOW); // another call table (32 bit): it stays local
    builder.put(.{ .code = load_word, .k = offset_number });
    // io_uring would go round the filter; programs fall back to ordinary calls.
    builder.onNumber(@intFromEnum(linux.SYS.io_uring_setup), linux.SECCOMP.RET.ERRNO | @as(u32, @intFromEnum(linux.E.NOSYS)));
    if (needs.files) for (file_calls) |number| builder.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
    if (needs.hostname) for (hostname_calls) |number| builder.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
    if (needs.network) {
        for (network_calls) |number| builder.onNumber(number, linux.SECCOMP.RET.USER_NOTIF);
        builder.onSocketError();
    }
    builder.returns(linux.SECCOMP.RET.ALLOW);
    return builder;
}

const new_listener = 1 << 3;
const spec_allow = 1 << 2;
/// Kernel 5.19: a signal does not interrupt a call once it was received, so nothing is done twice.
const wait_killable = 1 << 5;

/// Puts the filter onto this thread and returns the notification descriptor. With the right to do so, privileges stay as
/// they are (sudo works inside); without it no program of the tree can gain any.
pub fn install(needs: Needs) kernel.Error!i32 {
    const builder = build(needs);
    const program = Program{ .length = builder.length, .instructions = &builder.instructions };
    return load(&program) catch {
        _ = linux.prctl(@intFromEnum(linux.PR.SET_NO_NEW_PRIVS), 1, 0, 0, 0);
        return load(&program);
    };
}

fn load(program: *const Program) kernel.Error!i32 {
    for ([_]u32{ new_listener | spec_allow | wait_killable, new_listener }) |flags| {
        const result = linux.seccomp(linux.SECCOMP.SET_MODE_FILTER, flags, program);
        if (linux.E.init(result) != .INVAL) return @intCast(try kernel.check(result));
    }
    return error.SystemCall;
}

test "only what is needed is notified" {
    const none = build(.{ .files = false, .network = false, .hostname = false });
    try std.testing.expectEqual(7, none.length);
    const all = build(.{ .files = true, .network = true, .hostname = true });
    try std.testing.expect(all.length < 128);
    for (all.instructions[0..all.length], 0..) |instruction, index| {
        if (instruction.code != jump_equal) continue;
        try std.testing.expect(index + 1 + @max(instruction.jump_true, instruction.jump_false) < all.length);
    }
}

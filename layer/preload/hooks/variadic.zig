//! Entry points of C functions with a variable number of pointer arguments. Zig's own support does not compile for
//! aarch64, so the arguments are gathered by hand: those in registers, then those on the stack.

const std = @import("std");
const builtin = @import("builtin");

/// How many arguments come in registers.
const in_registers = switch (builtin.cpu.arch) {
    .x86_64 => 6,
    .aarch64 => 8,
    else => @compileError("unknown calling convention"),
};

pub const Arguments = extern struct {
    registers: [*]const usize,
    stack: [*]const usize,

    pub fn get(self: Arguments, index: usize) usize {
        return if (index < in_registers) self.registers[index] else self.stack[index - in_registers];
    }
};

/// A C function that calls `function` with its arguments.
pub fn entry(comptime function: fn (Arguments) callconv(.c) c_int) *const fn () callconv(.naked) void {
    const Gathered = struct {
        fn call(registers: [*]const usize, stack: [*]const usize) callconv(.c) c_int {
            return function(.{ .registers = registers, .stack = stack });
        }

        fn enter() callconv(.naked) void {
            switch (builtin.cpu.arch) {
                // After six pushes the return address and the caller's arguments lie above the registers; eight bytes more
                // align the stack for the call.
                .x86_64 => asm volatile (
                    \\ pushq %%r9
                    \\ pushq %%r8
                    \\ pushq %%rcx
                    \\ pushq %%rdx
                    \\ pushq %%rsi
                    \\ pushq %%rdi
                    \\ movq %%rsp, %%rdi
                    \\ leaq 56(%%rsp), %%rsi
                    \\ subq $8, %%rsp
                    \\ callq *%[call]
                    \\ addq $56, %%rsp
                    \\ retq
                    :
                    : [call] "{rax}" (&call),
                ),
                .aarch64 => asm volatile (
                    \\ stp x29, x30, [sp, #-80]!
                    \\ stp x0, x1, [sp, #16]
                    \\ stp x2, x3, [sp, #32]
                    \\ stp x4, x5, [sp, #48]
                    \\ stp x6, x7, [sp, #64]
                    \\ add x0, sp, #16
                    \\ add x1, sp, #80
                    \\ blr %[call]
                    \\ ldp x29, x30, [sp], #80
                    \\ ret
                    :
                    : [call] "{x9}" (&call),
                ),
                else => unreachable,
            }
        }
    };
    return &Gathered.enter;
}

test "arguments come from registers first" {
    var registers: [in_registers]usize = undefined;
    for (&registers, 0..) |*register, i| register.* = i;
    const stack = [_]usize{ in_registers, in_registers + 1 };
    const arguments = Arguments{ .registers = &registers, .stack = &stack };
    for (0..in_registers + 2) |i| try std.testing.expectEqual(i, arguments.get(i));
}

//! The arguments and the environment that the process was started with.

const std = @import("std");
const elf = std.elf;
const symbols = @import("symbols.zig");
const Vector = @import("auxiliary.zig").Vector;

pub const Startup = struct {
    arguments: [*:null]const ?[*:0]const u8,
    environment: [*:null]const ?[*:0]const u8,

    /// The value of a variable, or null.
    pub fn variable(self: *const Startup, name: []const u8) ?[:0]const u8 {
        return find(self.environment, name);
    }
};

/// The value of `name` in an environment block.
pub fn find(environment: [*:null]const ?[*:0]const u8, name: []const u8) ?[:0]const u8 {
    var i: usize = 0;
    while (environment[i]) |entry| : (i += 1) {
        if (valueOf(entry, name)) |value| return value;
    }
    return null;
}

/// The part after `name=`, or null if `entry` is another variable.
pub fn valueOf(entry: [*:0]const u8, name: []const u8) ?[:0]const u8 {
    for (name, 0..) |byte, i| if (entry[i] != byte) return null;
    if (entry[name.len] != '=') return null;
    return std.mem.span(entry + name.len + 1);
}

/// The three parameters are what the constructor was called with: glibc passes argc, argv and envp, musl passes nothing
/// (they then hold whatever was in the registers).
pub fn read(argc: usize, argv: usize, envp: usize) ?Startup {
    const top = Vector.load().get(elf.AT_EXECFN);
    if (fromRegisters(argc, argv, envp, top)) |found| return found;
    return fromLibc(top);
}

/// glibc's arguments, if they are that: two blocks in the initial stack, one right after the other. `top` is the address
/// of the last string in it, so that everything that is looked at is mapped.
fn fromRegisters(argc: usize, argv: usize, envp: usize, top: usize) ?Startup {
    const here = @frameAddress();
    if (argv <= here or argv >= top or argv % 8 != 0 or argc >= (top - argv) / 8) return null;
    if (envp != argv + (argc + 1) * 8 or envp >= top) return null;
    const arguments: [*]const ?[*:0]const u8 = @ptrFromInt(argv);
    if (arguments[argc] != null) return null;
    return .{ .arguments = @ptrFromInt(argv), .environment = @ptrFromInt(envp) };
}

/// Both libcs have set their `__environ` before other libraries' constructors run. The arguments lie before it in the
/// initial stack, as many as argc (the word before them) says.
fn fromLibc(top: usize) ?Startup {
    const variable: *const usize = @ptrFromInt(symbols.global("__environ") orelse return null);
    const envp = variable.*;
    if (envp <= @frameAddress() or envp >= top) return null;
    var count: usize = 0;
    while (count < 1 << 20) : (count += 1) {
        const argv = envp - (count + 1) * 8;
        const before: *const usize = @ptrFromInt(argv - 8);
        if (before.* == count) return .{ .arguments = @ptrFromInt(argv), .environment = @ptrFromInt(envp) };
        if (argv - 8 <= @frameAddress()) return null;
    }
    return null;
}

test "a variable is found by its whole name" {
    const block = [_:null]?[*:0]const u8{ "PATHS=1", "PATH=/bin", "EMPTY=" };
    try std.testing.expectEqualStrings("/bin", find(&block, "PATH").?);
    try std.testing.expectEqualStrings("", find(&block, "EMPTY").?);
    try std.testing.expect(find(&block, "PAT") == null);
}

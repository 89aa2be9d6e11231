//! The preload library: hooks over libc's functions, and the constructor that readies them. It refers to no symbol outside
//! itself, so that one file serves every libc, and programs without one.

const std = @import("std");
const builtin = @import("builtin");
const ending = @import("hooks/ending.zig");
const state = @import("state.zig");
const symbols = @import("symbols.zig");

pub const panic = @import("core").panic.handler;

comptime {
    _ = @import("hooks/access.zig");
    _ = @import("hooks/asynchronous.zig");
    _ = @import("hooks/attributes.zig");
    _ = @import("hooks/changing.zig");
    _ = @import("hooks/commands.zig");
    _ = @import("hooks/datagrams.zig");
    _ = @import("hooks/directories.zig");
    _ = @import("hooks/executing.zig");
    _ = @import("hooks/extended_attributes.zig");
    _ = @import("hooks/filesystem.zig");
    _ = @import("hooks/flushing.zig");
    _ = @import("hooks/fts.zig");
    _ = @import("hooks/host.zig");
    _ = @import("hooks/hosts.zig");
    _ = @import("hooks/limits.zig");
    _ = @import("hooks/interfaces.zig");
    _ = @import("hooks/opening.zig");
    _ = @import("hooks/queries.zig");
    _ = @import("hooks/raw.zig");
    _ = @import("hooks/resolving.zig");
    _ = @import("hooks/rings.zig");
    _ = @import("hooks/root.zig");
    _ = @import("hooks/sockets.zig");
    _ = @import("hooks/spawn_actions.zig");
    _ = @import("hooks/status.zig");
    _ = @import("hooks/stdio.zig");
    _ = @import("hooks/temporary.zig");
    _ = @import("hooks/walking.zig");
    _ = @import("hooks/watching.zig");
    _ = @import("hooks/working_directory.zig");
}

/// Called by the loader before the program's main. glibc passes argc, argv and envp.
fn construct(argc: usize, argv: usize, envp: usize) callconv(.c) void {
    symbols.prepare();
    state.settle(argc, argv, envp);
    ending.prepare();
}

/// The loader's list of constructors. (A test program has no loader.)
const constructors = if (builtin.is_test) ".data.rel.ro" else ".init_array";
export const mirrord_constructor: *const fn (usize, usize, usize) callconv(.c) void linksection(constructors) = &construct;

test {
    _ = @import("address_list.zig");
    _ = @import("auxiliary.zig");
    _ = @import("connection.zig");
    _ = @import("door.zig");
    _ = @import("environment.zig");
    _ = @import("launching.zig");
    _ = @import("process.zig");
    _ = @import("startup.zig");
    _ = @import("symbols.zig");
}

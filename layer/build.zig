//! Builds the native parts: the preload library, the supervisor and the launcher.
//!
//!   zig build [-Doptimize=ReleaseSmall|ReleaseSafe|Debug] [-Dtarget=aarch64-linux-gnu]
//!   zig build test
//!
//! Default: ReleaseSmall for this machine's processor family. Nothing here links libc.

const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = linuxTarget(b, b.standardTargetOptions(.{ .default_target = .{ .cpu_model = .baseline } }));
    const optimize = b.option(std.builtin.OptimizeMode, "optimize", "default: ReleaseSmall") orelse .ReleaseSmall;
    const protocol = b.createModule(.{ .root_source_file = b.path("protocol.zig") });
    const core = b.createModule(.{
        .root_source_file = b.path("core/core.zig"),
        .target = target,
        .optimize = optimize,
        .imports = &.{.{ .name = "protocol", .module = protocol }},
    });
    const checked = b.createModule(.{ .root_source_file = b.path("checked.zig") });
    const parts = Parts{
        .b = b,
        .target = target,
        .optimize = optimize,
        .protocol = protocol,
        .core = core,
        .checked = checked,
    };

    parts.library("mirrord_layer", "preload/main.zig");
    parts.program("mirrord-supervisor", parts.module("supervisor/main.zig"));
    // Its first start unpacks 100 MB, which takes half as long again in the smallest code.
    const launcher = parts.module("launcher/main.zig");
    if (optimize == .ReleaseSmall) launcher.optimize = .ReleaseFast;
    parts.program("mirrord-launcher", launcher);

    const check = b.step("test", "Run the unit tests");
    parts.tests(check, core);
    inline for (.{ "preload/main.zig", "supervisor/main.zig", "launcher/main.zig" }) |root| {
        parts.tests(check, parts.module(root));
    }
}

/// musl for what is static: only its ABI name matters, nothing of it is linked.
fn linuxTarget(b: *std.Build, chosen: std.Build.ResolvedTarget) std.Build.ResolvedTarget {
    if (chosen.result.os.tag == .linux) return chosen;
    return b.resolveTargetQuery(.{ .cpu_arch = chosen.result.cpu.arch, .os_tag = .linux, .cpu_model = .baseline });
}

const Parts = struct {
    b: *std.Build,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
    protocol: *std.Build.Module,
    core: *std.Build.Module,
    checked: *std.Build.Module,

    fn module(self: Parts, root: []const u8) *std.Build.Module {
        return self.b.createModule(.{
            .root_source_file = self.b.path(root),
            .target = self.target,
            .optimize = self.optimize,
            .strip = self.optimize != .Debug,
            .imports = &.{
                .{ .name = "core", .module = self.core },
                .{ .name = "protocol", .module = self.protocol },
                .{ .name = "checked", .module = self.checked },
            },
        });
    }

    /// One library for every libc: it needs no other, and refers to no symbol outside itself.
    fn library(self: Parts, name: []const u8, root: []const u8) void {
        const code = self.module(root);
        code.pic = true;
        // Hooks run on whatever stack the program is on, and before anything is set up.
        code.stack_check = false;
        code.stack_protector = false;
        code.omit_frame_pointer = true;
        const artifact = self.b.addLibrary(.{ .name = name, .linkage = .dynamic, .root_module = code, .use_llvm = true });
        artifact.bundle_compiler_rt = true;
        artifact.link_gc_sections = true;
        self.install(artifact);
    }

    fn program(self: Parts, name: []const u8, code: *std.Build.Module) void {
        const artifact = self.b.addExecutable(.{ .name = name, .root_module = code });
        // Zig's start code raises the stack limit to what the file asks for, and the user's program would inherit that.
        artifact.stack_size = 1 << 20;
        self.install(artifact);
    }

    /// With the rest, and by a step of its own name.
    fn install(self: Parts, artifact: *std.Build.Step.Compile) void {
        self.b.installArtifact(artifact);
        const step = self.b.step(artifact.name, self.b.fmt("Build {s} only", .{artifact.name}));
        step.dependOn(&self.b.addInstallArtifact(artifact, .{}).step);
    }

    fn tests(self: Parts, step: *std.Build.Step, code: *std.Build.Module) void {
        const artifact = self.b.addTest(.{ .root_module = code, .use_llvm = true });
        // The layer looks for its own dynamic section, which only position-independent code has.
        artifact.pie = true;
        step.dependOn(&self.b.addRunArtifact(artifact).step);
    }
};

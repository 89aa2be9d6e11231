//! What openat2(2) is told.

const std = @import("std");
const O = @import("system.zig").O;

/// RESOLVE_NO_MAGICLINKS: the target's paths are walked so anyway.
const no_magic_links = 0x02;
const known_ways = 0x3f;
/// The flags that openat2(2) knows, the same bits on each architecture.
const known_flags = 0x7fffc3;

/// `struct open_how`.
pub const OpenHow = extern struct {
    flags: u64,
    mode: u64,
    resolve: u64,

    /// False: the kernel refuses it before it looks at the path.
    pub fn isSound(self: OpenHow) bool {
        if (self.flags & ~@as(u64, known_flags) != 0 or self.resolve & ~@as(u64, known_ways) != 0) return false;
        const creates = self.flags & O.CREAT != 0 or self.flags & O.TMPFILE == O.TMPFILE;
        return if (creates) self.mode <= 0o7777 else self.mode == 0;
    }

    /// The way to the file matters to the caller, and not only the file.
    pub fn isRestricted(self: OpenHow) bool {
        return self.resolve & ~@as(u64, no_magic_links) != 0;
    }
};

test "what the kernel refuses is told from what it would do" {
    const plain = OpenHow{ .flags = O.RDONLY | O.CLOEXEC | O.NOFOLLOW, .mode = 0, .resolve = no_magic_links };
    try std.testing.expect(plain.isSound() and !plain.isRestricted());
    try std.testing.expect(!(OpenHow{ .flags = 1 << 40, .mode = 0, .resolve = 0 }).isSound());
    try std.testing.expect(!(OpenHow{ .flags = O.RDONLY, .mode = 0o644, .resolve = 0 }).isSound());
    try std.testing.expect(!(OpenHow{ .flags = O.CREAT, .mode = 0o10644, .resolve = 0 }).isSound());
    try std.testing.expect(!(OpenHow{ .flags = O.RDONLY, .mode = 0, .resolve = 0x80 }).isSound());
    const beneath = OpenHow{ .flags = O.CREAT, .mode = 0o644, .resolve = 0x08 };
    try std.testing.expect(beneath.isSound() and beneath.isRestricted());
}

//! The auxiliary vector: what the kernel tells a program about itself.

const std = @import("std");
const elf = std.elf;
const linux = std.os.linux;
const system = @import("core").system;

/// Pairs of key and value.
pub const Vector = struct {
    pairs: [64][2]usize = undefined,
    count: usize = 0,

    const PR_GET_AUXV = 0x41555856;

    /// Empty if the kernel does not tell.
    pub fn load() Vector {
        var vector = Vector{};
        const bytes = std.mem.sliceAsBytes(&vector.pairs);
        const got: isize = @bitCast(linux.syscall5(.prctl, PR_GET_AUXV, @intFromPtr(bytes.ptr), bytes.len, 0, 0));
        const size = if (got > 0) got else fromProc(bytes);
        if (size > 0) vector.count = @min(@as(usize, @intCast(size)), bytes.len) / @sizeOf([2]usize);
        return vector;
    }

    /// For kernels before 6.4.
    fn fromProc(into: []u8) isize {
        const fd = system.openat(system.AT_FDCWD, "/proc/self/auxv", system.O.CLOEXEC, 0);
        if (fd < 0) return fd;
        defer system.close(@intCast(fd));
        return system.read(@intCast(fd), into);
    }

    /// 0 if it is not there.
    pub fn get(self: *const Vector, key: usize) usize {
        for (self.pairs[0..self.count]) |pair| {
            if (pair[0] == key) return pair[1];
        }
        return 0;
    }

    pub fn programHeaders(self: *const Vector) []const elf.Phdr {
        const address = self.get(elf.AT_PHDR);
        if (address == 0) return &.{};
        return @as([*]const elf.Phdr, @ptrFromInt(address))[0..self.get(elf.AT_PHNUM)];
    }
};

test "this program's own headers" {
    const vector = Vector.load();
    try std.testing.expect(vector.programHeaders().len > 0);
    try std.testing.expectEqual(@as(usize, 4096), vector.get(elf.AT_PAGESZ));
}

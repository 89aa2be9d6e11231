//! Hostile bytes for the fuzzers, and their seeded runs. MIRRORD_FUZZ_SEED repeats a run, MIRRORD_FUZZ_ROUNDS makes it longer.

const std = @import("std");

/// One fuzzer's run.
pub const Run = struct {
    seed: u64,
    rounds: u64,
    generator: std.Random.DefaultPrng,

    pub fn begin(usual_rounds: u64) !Run {
        const seed = try number("MIRRORD_FUZZ_SEED", @truncate(@as(u128, @bitCast(std.time.nanoTimestamp()))));
        const rounds = try number("MIRRORD_FUZZ_ROUNDS", usual_rounds);
        return .{ .seed = seed, .rounds = rounds, .generator = .init(seed) };
    }

    pub fn random(self: *Run) std.Random {
        return self.generator.random();
    }

    /// Says how to repeat the run.
    pub fn tell(self: *const Run) void {
        std.debug.print("MIRRORD_FUZZ_SEED={d} MIRRORD_FUZZ_ROUNDS={d}\n", .{ self.seed, self.rounds });
    }
};

/// Bytes in `memory`: any at all, or `valid` with a few changes.
pub fn hostile(memory: []u8, valid: []const u8, random: std.Random) []u8 {
    if (random.uintLessThan(u8, 4) == 0) {
        const bytes = memory[0..random.uintLessThan(usize, memory.len)];
        random.bytes(bytes);
        return bytes;
    }
    @memcpy(memory[0..valid.len], valid);
    var length = valid.len;
    for (0..random.intRangeAtMost(u8, 1, 4)) |_| length = mutate(memory, length, random);
    return memory[0..length];
}

fn mutate(memory: []u8, length: usize, random: std.Random) usize {
    const at = random.uintAtMost(usize, length);
    const left = length - at;
    switch (random.uintLessThan(u8, 5)) {
        0 => if (left > 0) {
            memory[at] ^= @as(u8, 1) << random.int(u3);
        },
        1 => if (left >= 4) {
            const lengths = [_]u32{ 0xffff_ffff, 0x8000_0000, 0x7fff_ffff, @intCast(left), @intCast(left + 1), 0 };
            std.mem.writeInt(u32, memory[at..][0..4], lengths[random.uintLessThan(usize, lengths.len)], .little);
        },
        2 => return at,
        3 => {
            const removed = @min(left, random.uintLessThan(usize, 9));
            std.mem.copyForwards(u8, memory[at .. length - removed], memory[at + removed .. length]);
            return length - removed;
        },
        else => {
            const added = @min(memory.len - length, random.uintLessThan(usize, 9));
            random.bytes(memory[length..][0..added]);
            return length + added;
        },
    }
    return length;
}

fn number(name: []const u8, otherwise: u64) !u64 {
    const text = std.posix.getenv(name) orelse return otherwise;
    return std.fmt.parseInt(u64, text, 10);
}

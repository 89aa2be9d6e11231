//! Sends a caller into the kernel for what only it can do for itself, as changing its working directory. Its notified call
//! is answered; before it is back in the program it is stopped (ptrace), and makes other calls from the same place.
const std = @import("std");
const builtin = @import("builtin");
const linux = std.os.linux;

const Trace = linux.PTRACE;
const trace_marked = 1; // PTRACE_O_TRACESYSGOOD
const marked_stop = linux.SIG.TRAP | 0x80;
const event_stop = 128; // PTRACE_EVENT_STOP
const all_threads = 0x4000_0000; // __WALL
const general_registers = 1; // NT_PRSTATUS
/// More stops than any sequence of signals makes before a call is done.
const stops_limit = 64;

/// Where a call's parts lie among the registers, in words of `Word`.
const Layout = struct { Word: type, number: usize, argument: usize, result: usize, place: usize, restart: ?usize, size: usize };

const own_layout: Layout = switch (builtin.cpu.arch) {
    .x86_64 => .{ .Word = u64, .number = 10, .argument = 14, .result = 10, .place = 16, .restart = 15, .size = 2 },
    .aarch64 => .{ .Word = u64, .number = 8, .argument = 0, .result = 0, .place = 32, .restart = null, .size = 4 },
    else => @compileError("no registers for this architecture"),
};
/// The i386 table: from a program of 64 bit, and from one of 32.
const narrow_layout = Layout{ .Word = u64, .number = 10, .argument = 5, .result = 10, .place = 16, .restart = 15, .size = 2 };
const small_layout = Layout{ .Word = u32, .number = 6, .argument = 0, .result = 6, .place = 12, .restart = 11, .size = 2 };
const wide_length = if (builtin.cpu.arch == .x86_64) 27 * 8 else 34 * 8;

const Registers = struct {
    bytes: [34 * 8]u8 align(8) = undefined,
    length: usize = 0,

    fn get(self: *const Registers, comptime layout: Layout, index: usize) i64 {
        const at = index * @sizeOf(layout.Word);
        const word = std.mem.readInt(layout.Word, self.bytes[at..][0..@sizeOf(layout.Word)], .little);
        return if (layout.Word == u32) @as(i32, @bitCast(word)) else @bitCast(word);
    }
    fn set(self: *Registers, comptime layout: Layout, index: usize, value: i64) void {
        const at = index * @sizeOf(layout.Word);
        const word: layout.Word = @truncate(@as(u64, @bitCast(value)));
        std.mem.writeInt(layout.Word, self.bytes[at..][0..@sizeOf(layout.Word)], word, .little);
    }
};

pub const Injection = struct {
    tid: i32,
    /// The call came from the i386 table.
    narrow: bool,
    before: Registers = .{},
    mask: u64 = 0,
    /// A signal that came meanwhile.
    signal: usize = 0,

    /// Null if the thread can't be had: a debugger has it.
    pub fn begin(tid: u32, narrow: bool) ?Injection {
        const self = Injection{ .tid = @intCast(tid), .narrow = narrow };
        return if (self.trace(Trace.SEIZE, 0, trace_marked)) self else null;
    }

    /// Waits until the thread, whose call has been answered, is about to go back to the program; false if it is gone. What
    /// is known of a thread that ends meanwhile is left to who waits for the servant's children.
    pub fn stop(self: *Injection) bool {
        if (self.wait() == null) return false;
        if (!self.read(&self.before)) return false;
        var all: u64 = std.math.maxInt(u64);
        _ = self.trace(Trace.GETSIGMASK, @sizeOf(u64), @intFromPtr(&self.mask));
        _ = self.trace(Trace.SETSIGMASK, @sizeOf(u64), @intFromPtr(&all));
        return true;
    }

    /// Makes the stopped thread do a call with one argument; its result, or null if it is gone.
    pub fn call(self: *Injection, number: usize, argument: i32) ?i64 {
        var registers = self.before;
        switch (self.layoutOf()) {
            inline else => |kind| {
                const layout = kind.layout();
                registers.set(layout, layout.place, registers.get(layout, layout.place) - layout.size);
                registers.set(layout, layout.argument, argument);
                registers.set(layout, layout.number, @intCast(number));
                if (layout.restart) |restart| registers.set(layout, restart, -1);
                if (!self.write(&registers) or !self.passCall() or !self.read(&registers)) return null;
                return registers.get(layout, layout.result);
            },
        }
    }

    /// The thread goes on as if its own call had given `result`.
    pub fn end(self: *Injection, result: i64) void {
        switch (self.layoutOf()) {
            inline else => |kind| {
                const layout = kind.layout();
                self.before.set(layout, layout.result, result);
                if (layout.restart) |restart| self.before.set(layout, restart, -1);
            },
        }
        _ = self.write(&self.before);
        _ = self.trace(Trace.SETSIGMASK, @sizeOf(u64), @intFromPtr(&self.mask));
        _ = self.trace(Trace.DETACH, 0, self.signal);
    }

    const Kind = enum {
        own,
        narrow,
        small,

        fn layout(comptime self: Kind) Layout {
            return switch (self) {
                .own => own_layout,
                .narrow => narrow_layout,
                .small => small_layout,
            };
        }
    };

    fn layoutOf(self: *const Injection) Kind {
        if (self.before.length < wide_length) return .small;
        return if (self.narrow) .narrow else .own;
    }

    /// Into the kernel and out again.
    fn passCall(self: *Injection) bool {
        for (0..2) |_| {
            for (0..stops_limit) |_| {
                if (!self.trace(Trace.SYSCALL, 0, 0)) return false;
                if ((self.wait() orelse return false) == marked_stop) break;
            } else return false;
        }
        return true;
    }

    /// The signal that the thread has stopped with; null if it is gone.
    fn wait(self: *Injection) ?u32 {
        while (true) {
            var info: linux.siginfo_t = undefined;
            const flags = linux.W.EXITED | linux.W.STOPPED | linux.W.NOWAIT | all_threads;
            switch (linux.E.init(linux.waitid(.PID, self.tid, &info, flags))) {
                .SUCCESS => {},
                .INTR => continue,
                else => return null,
            }
            const trapped = 4; // CLD_TRAPPED
            if (info.code != trapped and info.code != trapped + 1) return null;
            break;
        }
        var status: u32 = 0;
        if (linux.E.init(linux.waitpid(self.tid, &status, all_threads)) != .SUCCESS) return null;
        const signal = linux.W.STOPSIG(status);
        if (status >> 16 != event_stop and signal != marked_stop) self.signal = signal;
        return signal;
    }

    fn read(self: *const Injection, into: *Registers) bool {
        var place = std.posix.iovec{ .base = &into.bytes, .len = into.bytes.len };
        if (!self.trace(Trace.GETREGSET, general_registers, @intFromPtr(&place))) return false;
        into.length = place.len;
        return true;
    }

    fn write(self: *const Injection, registers: *Registers) bool {
        var place = std.posix.iovec{ .base = &registers.bytes, .len = registers.length };
        return self.trace(Trace.SETREGSET, general_registers, @intFromPtr(&place));
    }

    pub fn interrupt(self: *const Injection) void {
        _ = self.trace(Trace.INTERRUPT, 0, 0);
    }

    fn trace(self: *const Injection, request: u32, address: usize, data: usize) bool {
        const tid: usize = @bitCast(@as(isize, self.tid));
        return linux.E.init(linux.syscall4(.ptrace, request, tid, address, data)) == .SUCCESS;
    }
};

//! What one process knows of its session without asking: the configuration, and what is its own.

const std = @import("std");
const protocol = @import("protocol");
const config_file = @import("config.zig");
const program = @import("program.zig");
const rules = @import("rules.zig");
const Scripts = @import("scripts.zig").Scripts;
const system = @import("system.zig");

/// An interpreter's script stands near the front.
const most_arguments = 16;

const not_writing: u32 = 0;

/// Made once per process by the door, before the first call.
pub const Session = struct {
    config: protocol.LayerConfig,
    /// See `config.Mapped`.
    writing: *const u32 = &not_writing,
    /// The working directory and the executable at start-up: reading them stays local (empty = none).
    working_directory: []const u8,
    executable: []const u8,
    door: config_file.Door = .preload,
    scripts: Scripts = .{},
    /// `st_dev` of all memfds and of the shadow directory; 0 until known.
    memfd_device: u64 = 0,
    shadow_device: u64 = 0,
    root_device: u64 = 0,
    root_inode: u64 = 0,
    /// Whether the working directory may be a shadow: one was given to the process. Never taken back: a vfork child stands
    /// in its parent's memory.
    may_stand_in_target: bool = false,
    may_write: enum { unknown, no, yes } = .unknown,

    /// Where an absolute path goes.
    pub fn decide(self: *const Session, path: []const u8, write: bool) rules.Verdict {
        const table = rules.Table{ .rules = &self.config.path_rules };
        return rules.decide(@enumFromInt(self.config.files_mode), table.sets(path), self.isOwn(path), write);
    }

    /// Whether a path is local by default because of this process: its working directory, its executable, its scripts, and
    /// the ways to them.
    pub fn isOwn(self: *const Session, path: []const u8) bool {
        return rules.isBeneath(path, self.working_directory) or
            rules.isOnTheWayTo(path, self.working_directory) or rules.isOnTheWayTo(path, self.executable) or
            self.scripts.leadsTo(path);
    }

    /// Takes the local paths among the arguments (the first is the program's name) for code: an interpreter may ask for
    /// each directory on the way to its script. What comes after a path of the target is data.
    pub fn noteScripts(self: *Session, arguments: [*:null]const ?[*:0]const u8) void {
        if (arguments[0] == null) return;
        for (1..most_arguments) |i| {
            const argument = arguments[i] orelse return;
            if (argument[0] != '/') continue;
            const path = std.mem.span(argument);
            if (self.decide(path, false) != .local) return;
            self.scripts.add(path);
        }
    }

    /// How a program joins the session, as the configuration says.
    pub fn doorChoice(self: *const Session) program.Choice {
        return std.meta.intToEnum(program.Choice, self.config.door) catch .by_file;
    }

    /// `skip_processes`: by the name of the file, or the name that it was called by (they differ for symbolic links).
    pub fn isSkipped(self: *const Session, file: []const u8, called: []const u8) bool {
        const names = [_][]const u8{ std.fs.path.basenamePosix(file), std.fs.path.basenamePosix(called) };
        var skipped = self.config.skip_processes.iterator();
        while (skipped.next()) |entry| {
            for (names) |name| if (std.mem.eql(u8, entry, name)) return true;
        }
        return false;
    }

    /// Whether some path may be the target's for writing.
    pub fn writesRemotely(self: *Session) bool {
        if (self.may_write == .unknown) self.may_write = if (self.findWriting()) .yes else .no;
        return self.may_write == .yes;
    }

    /// Whether something may have been written that the target does not have yet.
    pub inline fn isWriting(self: *const Session) bool {
        return @atomicLoad(u32, self.writing, .acquire) != 0;
    }

    fn findWriting(self: *const Session) bool {
        switch (@as(rules.Mode, @enumFromInt(self.config.files_mode))) {
            .local => return false,
            .write => return true,
            else => {},
        }
        const sets = self.config.path_rules.accepts;
        for (0..sets.len()) |i| {
            if (sets.at(i) & (protocol.PathSet.read_write | protocol.PathSet.ask) != 0) return true;
        }
        return false;
    }

    /// Whether any incoming or outgoing traffic is the session's matter.
    pub fn hasNetwork(self: *const Session) bool {
        const config = &self.config;
        const outgoing = config.outgoing_tcp or config.outgoing_udp or config.outgoing_unix or config.dns_enabled;
        return outgoing or config.incoming_mode != 0;
    }

    /// The device of memfds. All of them lie on one mount of the kernel's, so one is made to find out.
    pub fn memfdDevice(self: *Session) u64 {
        if (self.memfd_device == 0) {
            const fd = system.memfdCreate("", 1);
            if (fd < 0) return 0;
            defer system.close(@intCast(fd));
            self.memfd_device = system.deviceOf(@intCast(fd)) orelse 0;
        }
        return self.memfd_device;
    }

    /// The device of shadow directories. The directory may appear after the process has started.
    /// Not inlined: its buffer would stand on the stack of every call.
    pub noinline fn shadowDevice(self: *Session) u64 {
        if (self.shadow_device == 0) {
            var path: [4096]u8 = undefined;
            const directory = self.config.shadow_directory;
            if (directory.len == 0 or directory.len >= path.len) return 0;
            @memcpy(path[0..directory.len], directory);
            path[directory.len] = 0;
            var stat: std.os.linux.Stat = undefined;
            if (system.fstatat(system.AT_FDCWD, @ptrCast(&path), &stat, 0) < 0) return 0;
            self.shadow_device = stat.dev;
        }
        return self.shadow_device;
    }

    /// The process may have been started in a shadow.
    pub fn noteStart(self: *Session) void {
        _ = self.shadowDevice();
        const folder = self.config.shadow_directory;
        if (folder.len > 0 and rules.isBeneath(self.working_directory, folder)) self.may_stand_in_target = true;
    }

    /// Whether this is the metadata of the root directory.
    pub fn isRoot(self: *Session, stat: *const std.os.linux.Stat) bool {
        if (self.root_inode == 0) {
            var root: std.os.linux.Stat = undefined;
            if (system.fstatat(system.AT_FDCWD, "/", &root, 0) < 0) return false;
            self.root_device = root.dev;
            self.root_inode = root.ino;
        }
        return stat.ino == self.root_inode and stat.dev == self.root_device;
    }

    /// Whether a local file with this metadata stands for a remote one: a memfd (which has no name), a file that the proxy
    /// serves, or a shadow directory.
    pub fn isStandIn(self: *Session, stat: *const std.os.linux.Stat) bool {
        return switch (stat.mode & std.os.linux.S.IFMT) {
            std.os.linux.S.IFREG => if (stat.nlink == 0)
                stat.dev == self.memfdDevice()
            else
                stat.dev == self.config.streamed_device and stat.dev != 0,
            std.os.linux.S.IFDIR => stat.dev == self.shadowDevice(),
            else => false,
        };
    }
};

/// Whether `port` lies in one of the ranges.
pub fn contains(ranges: protocol.List(protocol.PortRange), port: u16) bool {
    var items = ranges.iterator();
    while (items.next()) |range| {
        if (port >= range.first and port <= range.last) return true;
    }
    return false;
}

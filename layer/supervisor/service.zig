//! Answers the notified calls. One thread: it takes a notification, asks the core, and goes on to the next while the
//! internal proxy or the kernel works on the answer.
const std = @import("std");
const linux = std.os.linux;
const kernel = @import("kernel.zig");
const native = @import("native.zig");
const translate = @import("translate.zig");
const Tracee = @import("tracee.zig").Tracee;
const Connection = @import("exchange.zig").Connection;
const core = @import("core");

/// Calls in progress at once; more wait in the kernel.
const slot_count = 512;
const connection_count = 128;

const Source = enum(u8) { listener, connection, accepting, program };

const Slot = struct {
    busy: bool = false,
    notification: kernel.Notification = undefined,
    tracee: Tracee = undefined,
    call: core.Call = undefined,
    /// A listener of the caller's, while an accept waits on it.
    accepting: i32 = -1,
    accept: @FieldType(translate.Step, "accept") = undefined,
    /// Waits for a free connection; the index of the next that does.
    queued: bool = false,
    /// Answer without waiting for a reply.
    tell: bool = false,
    room: [core.room_size]u8 = undefined,
    path: [core.path_limit]u8 = undefined,
};

var slots: [slot_count]Slot = undefined;
var connections: [connection_count]Connection = undefined;

pub const Service = struct {
    listener: kernel.Listener,
    session: *core.Session,
    proxy: core.config.Proxy,
    epoll: i32,
    /// How many slots are free; at 0 the listener is not read.
    free: u32 = slot_count,
    /// Told when something happens on the descriptor given to `watch`.
    handler: *const fn (*anyopaque) bool,
    context: *anyopaque,

    /// `handler` is called when `watched` is readable; false ends the service.
    pub fn init(
        listener: i32,
        session: *core.Session,
        proxy: core.config.Proxy,
        watched: i32,
        context: *anyopaque,
        handler: *const fn (*anyopaque) bool,
    ) kernel.Error!Service {
        for (&slots) |*slot| slot.busy = false;
        for (&connections) |*connection| connection.* = .{};
        const epoll: i32 = @intCast(try kernel.check(linux.epoll_create1(linux.EPOLL.CLOEXEC)));
        var self = Service{
            .listener = .{ .fd = listener },
            .session = session,
            .proxy = proxy,
            .epoll = epoll,
            .context = context,
            .handler = handler,
        };
        self.listener.wakeAtOnce();
        try self.poll(listener, .listener, 0);
        try self.poll(watched, .program, 0);
        return self;
    }

    /// Serves until no process of the program's tree is left.
    pub fn run(self: *Service) void {
        var events: [64]linux.epoll_event = undefined;
        while (true) {
            const n = linux.epoll_wait(self.epoll, &events, events.len, -1);
            if (linux.E.init(n) != .SUCCESS) continue;
            for (events[0..n]) |event| if (!self.dispatch(event)) return;
        }
    }

    fn dispatch(self: *Service, event: linux.epoll_event) bool {
        const source: Source = @enumFromInt(@as(u8, @truncate(event.data.u64 >> 32)));
        const index: u32 = @truncate(event.data.u64);
        switch (source) {
            .listener => {
                if (event.events & linux.EPOLL.IN != 0 and self.free > 0) self.receive();
                // Only when nobody waits any more: the last process of the tree has ended.
                if (event.events & linux.EPOLL.HUP != 0 and event.events & linux.EPOLL.IN == 0) return false;
            },
            .connection => self.arrive(index),
            .accepting => self.tryAccept(index),
            .program => return self.handler(self.context),
        }
        return true;
    }

    fn poll(self: *Service, fd: i32, source: Source, index: u32) kernel.Error!void {
        var event = linux.epoll_event{
            .events = linux.EPOLL.IN,
            .data = .{ .u64 = @as(u64, @intFromEnum(source)) << 32 | index },
        };
        _ = try kernel.check(linux.epoll_ctl(self.epoll, linux.EPOLL.CTL_ADD, fd, &event));
    }

    fn receive(self: *Service) void {
        const index = freeSlot() orelse return;
        const slot = &slots[index];
        (self.listener.receive(&slot.notification) catch return) orelse return;
        slot.busy = true;
        slot.queued = false;
        slot.tell = false;
        self.free -= 1;
        if (self.free == 0) self.pause(true);
        slot.tracee = .{ .tid = slot.notification.pid, .room = &slot.room, .path = &slot.path };
        self.begin(index) catch self.proceed(index); // the kernel finds the caller's mistake itself
    }

    fn begin(self: *Service, index: u32) core.Error!void {
        const slot = &slots[index];
        const caller = slot.tracee.caller();
        switch (try translate.step(slot.notification.data, caller)) {
            .native => self.proceed(index),
            .core => |arguments| self.start(index, arguments),
            .socket_error => |get| {
                const result = try native.socketError(caller, get.fd, get.buffer, get.length);
                if (result < 0) return self.finish(index, result);
                self.start(index, .{ .socket_error = .{ .fd = get.fd, .buffer = get.buffer } });
            },
            .accept => |accept| try self.beginAccept(index, accept),
        }
    }

    fn start(self: *Service, index: u32, arguments: core.Arguments) void {
        const slot = &slots[index];
        slot.call = .{
            .session = self.session,
            .caller = slot.tracee.caller(),
            .arguments = arguments,
        };
        self.follow(index, core.start(&slot.call));
    }

    fn follow(self: *Service, index: u32, outcome: core.Outcome) void {
        const slot = &slots[index];
        switch (outcome) {
            .local => self.local(index),
            .answer => self.finish(index, slot.call.result),
            .descriptor => self.finishDescriptor(index),
            .ask => self.ask(index),
            .tell => {
                slot.tell = true;
                self.ask(index);
            },
            .content => if (self.connectionOf(index)) |connection| {
                connection.content = true;
            },
        }
    }

    // --- Ends of a call ---

    fn local(self: *Service, index: u32) void {
        const slot = &slots[index];
        // What was done natively before is the answer; the kernel must not do it again.
        switch (slot.call.arguments) {
            .socket_error => return self.finish(index, 0),
            .accepted => return self.finishAccepted(index),
            else => {},
        }
        const outcome = native.rewritten(&slot.call) catch return self.proceed(index);
        if (outcome) |done| self.follow(index, done) else self.proceed(index);
    }

    fn proceed(self: *Service, index: u32) void {
        self.listener.proceed(slots[index].notification.id);
        self.release(index);
    }

    fn finish(self: *Service, index: u32, result: i64) void {
        const slot = &slots[index];
        if (slot.accepting >= 0) return self.finishAccepted(index);
        self.listener.answer(slot.notification.id, result);
        self.release(index);
    }

    fn finishDescriptor(self: *Service, index: u32) void {
        const slot = &slots[index];
        self.listener.answerWithDescriptor(slot.notification.id, slot.call.descriptor, slot.call.close_on_exec);
        _ = linux.close(slot.call.descriptor);
        self.release(index);
    }

    fn release(self: *Service, index: u32) void {
        const slot = &slots[index];
        if (slot.accepting >= 0) _ = linux.close(slot.accepting);
        slot.accepting = -1;
        slot.busy = false;
        self.free += 1;
        if (self.free == 1) self.pause(false);
        if (self.connectionOf(index)) |connection| {
            connection.owner = null;
            self.serveQueue();
        }
    }

    fn pause(self: *Service, paused: bool) void {
        var event = linux.epoll_event{
            .events = if (paused) 0 else linux.EPOLL.IN,
            .data = .{ .u64 = @as(u64, @intFromEnum(Source.listener)) << 32 },
        };
        _ = linux.epoll_ctl(self.epoll, linux.EPOLL.CTL_MOD, self.listener.fd, &event);
    }

    // --- Exchanges with the proxy ---

    fn ask(self: *Service, index: u32) void {
        const slot = &slots[index];
        if (self.connectionOf(index)) |connection| return self.sendOn(connection, index);
        const number = self.freeConnection() orelse {
            slot.queued = true;
            return;
        };
        connections[number].owner = index;
        if (connections[number].joined) self.sendOn(&connections[number], index);
    }

    fn sendOn(self: *Service, connection: *Connection, index: u32) void {
        const slot = &slots[index];
        connection.send(slot.call.request) catch return self.lose(connection);
        if (slot.tell) self.finish(index, slot.call.result);
    }

    fn serveQueue(self: *Service) void {
        for (&slots, 0..) |*slot, index| if (slot.busy and slot.queued) {
            slot.queued = false;
            return self.ask(@intCast(index));
        };
    }

    fn connectionOf(_: *Service, index: u32) ?*Connection {
        for (&connections) |*connection| if (connection.fd >= 0 and connection.owner == index) return connection;
        return null;
    }

    /// An idle connection, or a new one.
    fn freeConnection(self: *Service) ?u32 {
        var unused: ?u32 = null;
        for (&connections, 0..) |*connection, number| {
            if (connection.fd >= 0 and connection.owner == null and connection.joined) return @intCast(number);
            if (connection.fd < 0 and unused == null) unused = @intCast(number);
        }
        const number = unused orelse return null;
        var join: [2048]u8 = undefined;
        const pid: u32 = @intCast(linux.getpid());
        const frame = core.config.joinRequest(&join, &self.proxy, pid, .supervisor, self.session.executable);
        connections[number].open(self.proxy.socketAddress(), frame) catch {
            connections[number].close();
            return null;
        };
        self.poll(connections[number].fd, .connection, number) catch {
            connections[number].close();
            return null;
        };
        return number;
    }

    fn arrive(self: *Service, number: u32) void {
        const connection = &connections[number];
        while (connection.fd >= 0) switch (connection.receive()) {
            .nothing => return,
            .broken => return self.lose(connection),
            .frame => |body| self.reply(connection, body),
            .piece => |bytes| if (connection.owner) |index| core.content(&slots[index].call, bytes),
            .content_end => {},
        };
    }

    fn reply(self: *Service, connection: *Connection, body: []const u8) void {
        if (!connection.joined) {
            if (!core.config.joined(body)) kernel.die("the internal proxy does not know this session", .{});
            connection.joined = true;
            if (connection.owner) |index| self.sendOn(connection, index) else self.serveQueue();
            return;
        }
        const index = connection.owner orelse return self.lose(connection);
        self.follow(index, core.finish(&slots[index].call, body));
    }

    /// The proxy has gone: the session's guardian ends the program; until then calls fail.
    fn lose(self: *Service, connection: *Connection) void {
        const owner = connection.owner;
        connection.close();
        if (owner) |index| {
            self.follow(index, core.abandon(&slots[index].call, core.proxyGone(&slots[index].call)));
        }
    }

    // --- accept(2), which may take for ever ---

    fn beginAccept(self: *Service, index: u32, accept: @FieldType(translate.Step, "accept")) core.Error!void {
        const slot = &slots[index];
        slot.accept = accept;
        slot.accepting = try slot.tracee.caller().borrow(accept.fd);
        self.tryAccept(index);
    }

    fn tryAccept(self: *Service, index: u32) void {
        const slot = &slots[index];
        if (!self.listener.waits(slot.notification.id)) return self.release(index); // the caller was killed
        const borrowed = slot.accepting;
        const flags = linux.fcntl(borrowed, linux.F.GETFL, 0);
        const blocking = flags & @as(u32, @bitCast(linux.O{ .NONBLOCK = true })) == 0;
        if (blocking and !readable(borrowed)) {
            return self.poll(borrowed, .accepting, index) catch {}; // already polled: it goes on waiting
        }
        const result = linux.accept4(borrowed, null, null, slot.accept.flags | linux.SOCK.CLOEXEC);
        const value: i64 = @as(isize, @bitCast(result));
        if (value < 0) {
            _ = linux.close(borrowed);
            slot.accepting = -1;
            return self.finish(index, value);
        }
        _ = linux.close(borrowed);
        slot.accepting = @intCast(result);
        self.nameAccepted(index) catch self.finishAccepted(index);
    }

    /// From here `accepting` is the new socket, which the core reads through a caller of its own.
    fn nameAccepted(self: *Service, index: u32) core.Error!void {
        const slot = &slots[index];
        var address: [128]u8 align(8) = undefined;
        var length: linux.socklen_t = address.len;
        if (linux.E.init(linux.getpeername(slot.accepting, @ptrCast(&address), &length)) == .SUCCESS) {
            try native.giveAddress(slot.tracee.caller(), slot.accept.address, slot.accept.length, address[0..length]);
        }
        const accept = slot.accept;
        slot.call = .{
            .session = self.session,
            .caller = .{ .context = slot, .vtable = &accepted_vtable },
            .arguments = .{ .accepted = .{ .fd = slot.accepting, .address = accept.address, .length = accept.length } },
        };
        self.follow(index, core.start(&slot.call));
    }

    fn finishAccepted(self: *Service, index: u32) void {
        const slot = &slots[index];
        const close_on_exec = slot.accept.flags & linux.SOCK.CLOEXEC != 0;
        self.listener.answerWithDescriptor(slot.notification.id, slot.accepting, close_on_exec);
        self.release(index);
    }
};

/// The caller's memory, but our own descriptor: the accepted socket is not yet the caller's.
const accepted_vtable = core.Caller.VTable{
    .read = readCaller,
    .write = writeCaller,
    .string = stringOfCaller,
    .room = roomOfCaller,
    .borrow = borrowAccepted,
    .release = releaseAccepted,
};

fn slotOf(context: *anyopaque) *Slot {
    return @ptrCast(@alignCast(context));
}
fn readCaller(context: *anyopaque, at: usize, into: []u8) core.Error!void {
    return slotOf(context).tracee.caller().read(at, into);
}
fn writeCaller(context: *anyopaque, at: usize, bytes: []const u8) core.Error!void {
    return slotOf(context).tracee.caller().write(at, bytes);
}
fn stringOfCaller(context: *anyopaque, at: usize) core.Error![:0]const u8 {
    return slotOf(context).tracee.caller().string(at);
}
fn roomOfCaller(context: *anyopaque) core.Error![]u8 {
    return &slotOf(context).room;
}
fn borrowAccepted(_: *anyopaque, fd: i32) core.Error!i32 {
    return fd;
}
fn releaseAccepted(_: *anyopaque, _: i32) void {}

fn readable(fd: i32) bool {
    var polled = [_]linux.pollfd{.{ .fd = fd, .events = linux.POLL.IN, .revents = 0 }};
    return linux.E.init(linux.poll(&polled, 1, 0)) == .SUCCESS and polled[0].revents != 0;
}

fn freeSlot() ?u32 {
    for (&slots, 0..) |*slot, index| if (!slot.busy) return @intCast(index);
    return null;
}

//! Answers the notified calls. One thread: it takes a notification, asks the core, and goes on to the next while the
//! internal proxy or the kernel works on the answer. `exchanges.zig` speaks with the proxy, `accepting.zig` waits for
//! connections, `datagrams.zig` for datagrams, `processes.zig` knows who is to be left alone.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");
const core = @import("core");
const accepting = @import("accepting.zig");
const announce = @import("announce.zig");
const datagrams = @import("datagrams.zig");
const entering = @import("entering.zig");
const exchanges = @import("exchanges.zig");
const kernel = @import("kernel.zig");
const native = @import("native.zig");
const processes = @import("processes.zig");
const slots = @import("slots.zig");
const translate = @import("translate.zig");
const waiting = @import("waiting.zig");

/// What an event is about.
const Source = enum(u8) { listener, connection, caller, program };

pub const Service = struct {
    listener: kernel.Listener,
    session: *core.Session,
    proxy: core.config.Proxy,
    epoll: i32,
    /// Told when something happens on the descriptor given to `init`.
    handler: *const fn (*anyopaque) bool,
    context: *anyopaque,
    /// Some call waits here in its caller's place.
    looks: bool = false,
    looked_ms: u64 = 0,

    /// `handler` is called when `watched` is readable; false ends the service.
    pub fn init(
        listener: i32,
        session: *core.Session,
        proxy: core.config.Proxy,
        watched: i32,
        context: *anyopaque,
        handler: *const fn (*anyopaque) bool,
    ) checked.Error!Service {
        const epoll: i32 = @intCast(try checked.check(linux.epoll_create1(linux.EPOLL.CLOEXEC)));
        var self = Service{
            .listener = .{ .fd = listener },
            .session = session,
            .proxy = proxy,
            .epoll = epoll,
            .context = context,
            .handler = handler,
        };
        self.listener.wakeAtOnce();
        try self.watch(listener, .listener, 0);
        try self.watch(watched, .program, 0);
        return self;
    }

    /// Serves until no process of the program's tree is left.
    pub fn run(self: *Service) void {
        var events: [64]linux.epoll_event = undefined;
        while (true) {
            const n = linux.epoll_wait(self.epoll, &events, events.len, if (self.looks) waiting.interval_ms else -1);
            if (linux.E.init(n) != .SUCCESS) continue;
            for (events[0..n]) |event| if (!self.dispatch(event)) return;
            if (self.looks and waiting.isTime(&self.looked_ms)) self.lookAtWaiting();
        }
    }

    fn dispatch(self: *Service, event: linux.epoll_event) bool {
        const source: Source = @enumFromInt(@as(u8, @truncate(event.data.u64 >> 32)));
        const index: u32 = @truncate(event.data.u64);
        switch (source) {
            .listener => {
                if (event.events & linux.EPOLL.IN != 0) self.receive();
                // Only when nobody waits any more: the last process of the tree has ended.
                if (event.events & linux.EPOLL.HUP != 0 and event.events & linux.EPOLL.IN == 0) return false;
            },
            .connection => exchanges.arrive(self, index),
            .caller => self.attempt(index),
            .program => return self.handler(self.context),
        }
        return true;
    }

    /// Tells of `fd` whenever it is readable.
    pub fn watch(self: *Service, fd: i32, source: Source, index: u32) checked.Error!void {
        var event = linux.epoll_event{
            .events = linux.EPOLL.IN,
            .data = .{ .u64 = @as(u64, @intFromEnum(source)) << 32 | index },
        };
        _ = try checked.check(linux.epoll_ctl(self.epoll, linux.EPOLL.CTL_ADD, fd, &event));
    }

    /// Attempts the call again whenever the caller's `fd`, of which ours is a duplicate, can be read.
    pub fn awaitReadable(self: *Service, index: u32, fd: i32) void {
        const slot = slots.at(index);
        self.looks = true;
        if (slot.awaited == fd) return;
        self.watch(fd, .caller, index) catch return;
        slot.awaited = fd;
    }

    /// To be said before our duplicate is closed: epoll would go on telling of the open file, which is the caller's.
    pub fn awaitNoMore(self: *Service, index: u32) void {
        const slot = slots.at(index);
        if (slot.awaited < 0) return;
        _ = linux.epoll_ctl(self.epoll, linux.EPOLL.CTL_DEL, slot.awaited, null);
        slot.awaited = -1;
    }

    /// The call's descriptor can be read; unless that was told of an earlier call, whose slot this one has.
    fn attempt(self: *Service, index: u32) void {
        const slot = slots.at(index);
        if (slot.awaited < 0) return;
        if (slot.receiving != null) datagrams.attempt(self, index) else accepting.attempt(self, index);
    }

    fn receive(self: *Service) void {
        const index = slots.take() orelse return;
        const slot = slots.at(index);
        const received = self.listener.receive(&slot.notification) catch null;
        if (received == null) return slots.give(index);
        if (slots.free() == 0) self.pause(true);
        slot.tracee = .{ .tid = slot.notification.pid, .room = &slot.room, .strings = &slot.strings };
        self.begin(index) catch self.proceed(index); // the kernel finds the caller's mistake itself
    }

    fn begin(self: *Service, index: u32) core.Error!void {
        const slot = slots.at(index);
        const caller = slot.tracee.caller();
        const tid = slot.tracee.tid;
        if (processes.standingOf(self.session, tid) == .left_alone and !translate.isExec(slot.notification.data)) {
            return self.proceed(index);
        }
        switch (try translate.step(slot.notification.data, caller)) {
            .native => self.proceed(index),
            .executes => {
                processes.executes(tid);
                // The program may look for what a child has written that was killed.
                self.start(index, .{ .settle = .{} });
            },
            .makes_socket => |family| {
                if (family != linux.AF.INET6 or self.session.config.ipv6) return self.proceed(index);
                self.finish(index, -@as(i64, @intFromEnum(linux.E.AFNOSUPPORT)));
            },
            .own_listener => {
                const text = "process {d} cannot watch system calls itself (seccomp listener): mirrord's supervisor does";
                announce.log(self.session, &self.proxy, text, .{tid});
                self.proceed(index);
            },
            .send => |send| {
                slot.sending = send.message;
                self.start(index, .{ .send_to = send.arguments });
            },
            .receive => |receiving| if (!try datagrams.begin(self, index, receiving)) self.proceed(index),
            .core => |arguments| self.start(index, arguments),
            .socket_error => |get| {
                const result = try native.socketError(caller, get.fd, get.buffer, get.length);
                if (result < 0) return self.finish(index, result);
                self.start(index, .{ .socket_error = .{ .fd = get.fd, .buffer = get.buffer } });
            },
            .accept => |accept| try accepting.begin(self, index, accept),
        }
    }

    /// Hands a call to the core.
    pub fn start(self: *Service, index: u32, arguments: core.Arguments) void {
        const slot = slots.at(index);
        slot.call = .{
            .session = self.session,
            .caller = slot.tracee.caller(),
            .arguments = arguments,
        };
        self.follow(index, core.start(&slot.call));
    }

    /// Does what the core says.
    pub fn follow(self: *Service, index: u32, outcome: core.Outcome) void {
        const slot = slots.at(index);
        switch (outcome) {
            .local => self.local(index),
            // Without a proxy the call goes on all the same.
            .answer => if (slot.call.arguments == .settle) self.proceed(index) else self.finish(index, if (slot.socket >= 0) slot.received else slot.call.result),
            .descriptor => self.finishDescriptor(index),
            .ask => {
                slot.deadline = waiting.deadlineAfter(slot.call.limit_ms);
                self.looks = self.looks or slot.call.interruptible;
                exchanges.ask(self, index);
            },
            .tell => {
                slot.tell = true;
                exchanges.ask(self, index);
            },
        }
    }

    fn local(self: *Service, index: u32) void {
        const slot = slots.at(index);
        // What was done natively before is the answer; the kernel must not do it again.
        switch (slot.call.arguments) {
            .socket_error => return self.finish(index, 0),
            .accepted => return accepting.finish(self, index),
            .received => return self.finish(index, slot.received),
            .change_directory => if (slot.call.path) |path| return entering.enter(self, index, path),
            else => {},
        }
        const outcome = rewritten(slot) catch return self.proceed(index);
        if (outcome) |done| self.follow(index, done) else self.proceed(index);
    }

    /// A local call with other arguments is done here; null: the kernel can do it.
    fn rewritten(slot: *slots.Slot) core.Error!?core.Outcome {
        const sending = slot.sending orelse return native.rewritten(&slot.call);
        const address = slot.call.address orelse return null;
        return try datagrams.send(&slot.call, sending, address.slice());
    }

    /// Perhaps a call's time is over, or a signal waits for its caller.
    fn lookAtWaiting(self: *Service) void {
        self.looks = false;
        var calls = slots.inUse();
        while (calls.next()) |index| {
            if (!slots.waits(index)) continue;
            self.looks = true;
            switch (waiting.look(self.listener, slots.at(index))) {
                .goes_on => {},
                .gone => self.abandon(index),
                .signal => self.interrupt(index, waiting.interrupted(slots.at(index)), .INTR),
                .expired => self.interrupt(index, -@as(i64, @intFromEnum(linux.E.AGAIN)), .INPROGRESS),
            }
        }
    }

    /// Nobody waits for the call any more.
    fn abandon(self: *Service, index: u32) void {
        const slot = slots.at(index);
        if (slot.connection != null) {
            exchanges.forget(self, index);
            _ = core.abandon(&slot.call, .INTR);
        }
        self.release(index);
    }

    /// `result`: of a call that waits for something to be there. One that waits for the proxy goes on without it.
    fn interrupt(self: *Service, index: u32, result: i64, reason: core.Errno) void {
        const slot = slots.at(index);
        if (slot.connection != null) {
            exchanges.forget(self, index);
            _ = core.abandon(&slot.call, reason);
            return self.finish(index, if (reason == .INTR) result else slot.call.result);
        }
        self.listener.answer(slot.notification.id, result);
        self.release(index);
    }

    /// Ends the call: the kernel does it.
    fn proceed(self: *Service, index: u32) void {
        self.listener.proceed(slots.at(index).notification.id);
        self.release(index);
    }

    /// Ends the call with a value, or −errno.
    pub fn finish(self: *Service, index: u32, result: i64) void {
        const slot = slots.at(index);
        if (slot.accepting >= 0) return accepting.finish(self, index);
        self.listener.answer(slot.notification.id, result);
        self.release(index);
    }

    fn finishDescriptor(self: *Service, index: u32) void {
        const slot = slots.at(index);
        self.listener.answerWithDescriptor(slot.notification.id, slot.call.descriptor, slot.call.close_on_exec);
        _ = linux.close(slot.call.descriptor);
        self.release(index);
    }

    /// The call is over, answered or not.
    pub fn release(self: *Service, index: u32) void {
        const slot = slots.at(index);
        self.awaitNoMore(index);
        if (slot.accepting >= 0) _ = linux.close(slot.accepting);
        if (slot.socket >= 0) _ = linux.close(slot.socket);
        if (slots.free() == 0) self.pause(false);
        slots.give(index);
        exchanges.release(self, index);
    }

    /// While no slot is free, notifications wait in the kernel.
    fn pause(self: *Service, paused: bool) void {
        var event = linux.epoll_event{
            .events = if (paused) 0 else linux.EPOLL.IN,
            .data = .{ .u64 = @as(u64, @intFromEnum(Source.listener)) << 32 },
        };
        _ = linux.epoll_ctl(self.epoll, linux.EPOLL.CTL_MOD, self.listener.fd, &event);
    }
};

//! The kernel's seccomp user notification.
const std = @import("std");
const linux = std.os.linux;
const checked = @import("checked");

pub const Notification = linux.SECCOMP.notif;
pub const Response = linux.SECCOMP.notif_resp;
const AddDescriptor = linux.SECCOMP.notif_addfd;

/// Kernel 6.6: the waking thread hands its processor to the supervisor at once (12 µs → 4 µs a call under load).
const ioctl_set_flags = linux.IOCTL.IOW('!', 4, u64);
const sync_wake_up = 1;

/// The descriptor on which the kernel tells of notified calls.
pub const Listener = struct {
    fd: i32,

    pub fn wakeAtOnce(self: Listener) void {
        _ = linux.ioctl(self.fd, ioctl_set_flags, sync_wake_up);
    }

    /// Null when the caller has died meanwhile, or a signal came first.
    pub fn receive(self: Listener, notification: *Notification) checked.Error!?void {
        notification.* = std.mem.zeroes(Notification);
        const result = linux.ioctl(self.fd, linux.SECCOMP.IOCTL_NOTIF.RECV, @intFromPtr(notification));
        switch (linux.E.init(result)) {
            .SUCCESS => return {},
            .INTR, .NOENT, .AGAIN => return null,
            else => |errno| return checked.failed(errno),
        }
    }

    /// Lets the kernel do the call.
    pub fn proceed(self: Listener, id: u64) void {
        self.send(.{ .id = id, .val = 0, .@"error" = 0, .flags = linux.SECCOMP.USER_NOTIF_FLAG_CONTINUE });
    }

    /// Answers with a value, or with −errno.
    pub fn answer(self: Listener, id: u64, value: i64) void {
        const failed = value < 0 and value > -4096;
        self.send(.{ .id = id, .val = if (failed) 0 else value, .@"error" = if (failed) @intCast(value) else 0, .flags = 0 });
    }

    /// Gives the caller a duplicate of our `fd`, close-on-exec; its number there, or −errno.
    pub fn addDescriptor(self: Listener, id: u64, fd: i32) i64 {
        const request = AddDescriptor{
            .id = id,
            .flags = 0,
            .srcfd = @intCast(fd),
            .newfd = 0,
            .newfd_flags = @bitCast(linux.O{ .CLOEXEC = true }),
        };
        return @as(isize, @bitCast(linux.ioctl(self.fd, linux.SECCOMP.IOCTL_NOTIF.ADDFD, @intFromPtr(&request))));
    }

    /// Gives the caller a duplicate of our `fd` and answers with its number there, in one step.
    pub fn answerWithDescriptor(self: Listener, id: u64, fd: i32, close_on_exec: bool) void {
        const request = AddDescriptor{
            .id = id,
            .flags = linux.SECCOMP.ADDFD_FLAG.SEND,
            .srcfd = @intCast(fd),
            .newfd = 0,
            .newfd_flags = if (close_on_exec) @bitCast(linux.O{ .CLOEXEC = true }) else 0,
        };
        const result = linux.ioctl(self.fd, linux.SECCOMP.IOCTL_NOTIF.ADDFD, @intFromPtr(&request));
        const errno = linux.E.init(result);
        if (errno != .SUCCESS and errno != .NOENT) self.answer(id, -@as(i64, @intFromEnum(errno)));
    }

    /// Whether the call is still waiting: afterwards its thread id means this very thread.
    pub fn waits(self: Listener, id: u64) bool {
        return linux.E.init(linux.ioctl(self.fd, linux.SECCOMP.IOCTL_NOTIF.ID_VALID, @intFromPtr(&id))) == .SUCCESS;
    }

    /// Fails only when the caller has died, and then nobody is left to tell.
    fn send(self: Listener, response: Response) void {
        _ = linux.ioctl(self.fd, linux.SECCOMP.IOCTL_NOTIF.SEND, @intFromPtr(&response));
    }
};

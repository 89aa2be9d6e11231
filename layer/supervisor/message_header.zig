//! `struct msghdr` and `struct iovec` in the caller's memory, of a 64-bit program or of one of i386.
const std = @import("std");
const linux = std.os.linux;
const core = @import("core");

const Caller = core.Caller;
const Wide = linux.msghdr;
const Narrow = extern struct { name: u32, namelen: u32, iov: u32, iovlen: u32, control: u32, controllen: u32, flags: u32 };

/// Where a header stands.
pub const Place = struct { at: usize, is_narrow: bool };

/// A header's words, in one form. Addresses are the caller's.
pub const Header = struct {
    place: Place,
    name: usize,
    name_length: u32,
    pieces: usize,
    piece_count: usize,
    control: usize,
    control_length: usize,

    pub fn load(caller: Caller, place: Place) core.Error!Header {
        if (place.is_narrow) return of(place, try caller.load(Narrow, place.at));
        return of(place, try caller.load(extern struct {
            name: usize,
            namelen: u32,
            iov: usize,
            iovlen: usize,
            control: usize,
            controllen: usize,
            flags: u32,
        }, place.at));
    }

    fn of(place: Place, raw: anytype) Header {
        return .{
            .place = place,
            .name = raw.name,
            .name_length = raw.namelen,
            .pieces = raw.iov,
            .piece_count = raw.iovlen,
            .control = raw.control,
            .control_length = raw.controllen,
        };
    }

    pub fn nameLengthAt(self: *const Header) usize {
        const offset: usize = if (self.place.is_narrow) @offsetOf(Narrow, "namelen") else @offsetOf(Wide, "namelen");
        return self.place.at + offset;
    }

    /// Tells what was received beside the data.
    pub fn tell(self: *const Header, caller: Caller, control_length: u32, flags: u32) core.Error!void {
        const at = self.place.at;
        const wide_length: usize = control_length;
        if (self.place.is_narrow) {
            try caller.write(at + @offsetOf(Narrow, "controllen"), std.mem.asBytes(&control_length));
            try caller.write(at + @offsetOf(Narrow, "flags"), std.mem.asBytes(&flags));
        } else {
            try caller.write(at + @offsetOf(Wide, "controllen"), std.mem.asBytes(&wide_length));
            try caller.write(at + @offsetOf(Wide, "flags"), std.mem.asBytes(&flags));
        }
    }
};

/// Behind the header, in the `struct mmsghdr` of sendmmsg(2) and recvmmsg(2): how long the message was.
pub fn countOffset(is_narrow: bool) usize {
    return if (is_narrow) @sizeOf(Narrow) else @offsetOf(linux.mmsghdr, "len");
}

const Piece = struct { at: usize, length: usize };
const pieces_limit = 1024;

/// The `struct iovec`s of a header.
pub const Pieces = struct {
    at: usize,
    left: usize,
    is_narrow: bool,

    pub fn of(header: *const Header) Pieces {
        const count = @min(header.piece_count, pieces_limit);
        return .{ .at = header.pieces, .left = count, .is_narrow = header.place.is_narrow };
    }

    pub fn next(self: *Pieces, caller: Caller) core.Error!?Piece {
        if (self.left == 0) return null;
        self.left -= 1;
        return if (self.is_narrow) try self.take(u32, caller) else try self.take(usize, caller);
    }

    fn take(self: *Pieces, comptime Word: type, caller: Caller) core.Error!Piece {
        const words = try caller.load([2]Word, self.at);
        self.at += @sizeOf([2]Word);
        return .{ .at = words[0], .length = words[1] };
    }
};

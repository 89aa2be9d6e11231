/// Why received bytes are not the expected message.
pub const DecodeError = error{ Truncated, TrailingBytes, InvalidBool, InvalidOption, InvalidVariant, InvalidHeader };

/// The caller's buffer is too small for the message.
pub const EncodeError = error{NoSpace};

/// Writes `value` to the start of `buffer` and returns the part written.
pub fn encode(buffer: []u8, value: anytype) EncodeError![]u8 {
    var writer: Writer = .{ .buffer = buffer };
    try writer.value(@TypeOf(value), value);
    return buffer[0..writer.length];
}

/// Reads one message that takes all of `bytes`. Slices, lists and large arrays in it point into `bytes`.
pub fn decode(comptime T: type, bytes: []const u8) DecodeError!T {
    var reader: Reader = .{ .left = bytes };
    const value = try reader.value(T);
    if (reader.left.len > 0) return error.TrailingBytes;
    return value;
}

/// Reads the reply to a request.
pub fn decodeReply(tag: RequestTag, bytes: []const u8) DecodeError!Reply {
    switch (tag) {
        inline else => |known| {
            const name = @tagName(known);
            return @unionInit(Reply, name, try decode(@FieldType(Reply, name), bytes));
        },
    }
}

/// Reads the file that `MIRRORD_LAYER_CONFIG` names. The configuration points into `file`.
pub fn decodeConfigFile(file: []const u8) DecodeError!LayerConfig {
    if (file.len < config_header_bytes) return error.Truncated;
    if (!mem.eql(u8, file[0..8], config_magic)) return error.InvalidHeader;
    if (mem.readInt(u32, file[8..12], .little) != config_version) return error.InvalidHeader;
    const body = file[config_header_bytes..];
    if (mem.readInt(u32, file[12..16], .little) != body.len) return error.InvalidHeader;
    return decode(LayerConfig, body);
}

/// Items in their encoded form: nothing is copied, and there is no allocator to copy them with.
pub fn List(comptime Item: type) type {
    return struct {
        count: u32,
        encoded: []const u8,

        const Self = @This();

        /// Makes a list of `items`, which are encoded into `buffer`.
        pub fn init(buffer: []u8, items: []const Item) EncodeError!Self {
            var writer: Writer = .{ .buffer = buffer };
            for (items) |item| try writer.value(Item, item);
            return .{ .count = @intCast(items.len), .encoded = buffer[0..writer.length] };
        }

        pub fn iterator(list: Self) Iterator {
            return .{ .reader = .{ .left = list.encoded }, .left = list.count };
        }

        pub const Iterator = struct {
            reader: Reader,
            left: u32,

            /// The items were checked when the list was decoded, so this ends early only if the memory changed since.
            pub fn next(self: *Iterator) ?Item {
                if (self.left == 0) return null;
                self.left -= 1;
                return self.reader.value(Item) catch null;
            }
        };

        fn read(reader: *Reader) DecodeError!Self {
            const count = try reader.count(comptime leastBytes(Item));
            const before = reader.left;
            for (0..count) |_| _ = try reader.value(Item);
            return .{ .count = count, .encoded = before[0 .. before.len - reader.left.len] };
        }

        fn write(list: Self, writer: *Writer) EncodeError!void {
            try writer.value(u32, list.count);
            try writer.raw(list.encoded);
        }
    };
}

/// A table of numbers, used in place: `encoded` may be anywhere, aligned or not.
pub const PackedU16 = struct {
    encoded: []const u8,

    pub fn len(list: PackedU16) usize {
        return list.encoded.len / 2;
    }

    pub inline fn at(list: PackedU16, index: usize) u16 {
        return mem.readInt(u16, list.encoded[index * 2 ..][0..2], .little);
    }

    fn read(reader: *Reader) DecodeError!PackedU16 {
        const count: usize = try reader.count(2);
        return .{ .encoded = try reader.take(count * 2) };
    }

    fn write(list: PackedU16, writer: *Writer) EncodeError!void {
        try writer.value(u32, @intCast(list.len()));
        try writer.raw(list.encoded);
    }
};

const Reader = struct {
    left: []const u8,

    fn take(reader: *Reader, length: usize) DecodeError![]const u8 {
        if (length > reader.left.len) return error.Truncated;
        defer reader.left = reader.left[length..];
        return reader.left[0..length];
    }

    /// The item count of a list whose items take at least `item_bytes` each.
    fn count(reader: *Reader, item_bytes: usize) DecodeError!u32 {
        const items = try reader.value(u32);
        if (@as(u64, items) * item_bytes > reader.left.len) return error.Truncated;
        return items;
    }

    fn value(reader: *Reader, comptime T: type) DecodeError!T {
        switch (@typeInfo(T)) {
            .void => return {},
            .int => return mem.readInt(T, (try reader.take(@sizeOf(T)))[0..@sizeOf(T)], .little),
            .bool => return reader.flag(error.InvalidBool),
            .array => |array| return (try reader.take(array.len))[0..array.len].*,
            .pointer => |pointer| switch (pointer.size) {
                .slice => return reader.take(try reader.value(u32)),
                else => return (try reader.take(@sizeOf(pointer.child)))[0..@sizeOf(pointer.child)],
            },
            .optional => |optional| {
                if (!try reader.flag(error.InvalidOption)) return null;
                return try reader.value(optional.child);
            },
            .@"struct" => |info| {
                if (@hasDecl(T, "read")) return T.read(reader);
                var result: T = undefined;
                inline for (info.fields) |field| @field(result, field.name) = try reader.value(field.type);
                return result;
            },
            .@"union" => |info| {
                const index = try reader.value(u8);
                inline for (info.fields, 0..) |field, position| {
                    if (index == position) return @unionInit(T, field.name, try reader.value(field.type));
                }
                return error.InvalidVariant;
            },
            else => comptime unreachable,
        }
    }

    fn flag(reader: *Reader, comptime otherwise: DecodeError) DecodeError!bool {
        return switch (try reader.value(u8)) {
            0 => false,
            1 => true,
            else => otherwise,
        };
    }
};

const Writer = struct {
    buffer: []u8,
    length: usize = 0,

    fn raw(writer: *Writer, bytes: []const u8) EncodeError!void {
        if (bytes.len > writer.buffer.len - writer.length) return error.NoSpace;
        @memcpy(writer.buffer[writer.length..][0..bytes.len], bytes);
        writer.length += bytes.len;
    }

    fn value(writer: *Writer, comptime T: type, item: T) EncodeError!void {
        switch (@typeInfo(T)) {
            .void => {},
            .int => {
                var bytes: [@sizeOf(T)]u8 = undefined;
                mem.writeInt(T, &bytes, item, .little);
                try writer.raw(&bytes);
            },
            .bool => try writer.value(u8, @intFromBool(item)),
            .array => try writer.raw(&item),
            .pointer => |pointer| {
                if (pointer.size == .slice) {
                    if (item.len > writer.buffer.len) return error.NoSpace;
                    try writer.value(u32, @intCast(item.len));
                }
                try writer.raw(item);
            },
            .optional => |optional| {
                try writer.value(bool, item != null);
                if (item) |present| try writer.value(optional.child, present);
            },
            .@"struct" => |info| {
                if (@hasDecl(T, "write")) return item.write(writer);
                inline for (info.fields) |field| try writer.value(field.type, @field(item, field.name));
            },
            .@"union" => switch (item) {
                inline else => |payload, tag| {
                    try writer.value(u8, @intFromEnum(tag));
                    try writer.value(@TypeOf(payload), payload);
                },
            },
            else => comptime unreachable,
        }
    }
};

/// The size of the smallest encoding of `T`.
fn leastBytes(comptime T: type) usize {
    switch (@typeInfo(T)) {
        .void => return 0,
        .int => return @sizeOf(T),
        .bool, .optional => return 1,
        .array => |array| return array.len,
        .pointer => |pointer| return if (pointer.size == .slice) 4 else @sizeOf(pointer.child),
        .@"struct" => |info| {
            if (@hasDecl(T, "read")) return 4;
            var sum: usize = 0;
            inline for (info.fields) |field| sum += leastBytes(field.type);
            return sum;
        },
        .@"union" => |info| {
            var least: usize = comptime leastBytes(info.fields[0].type);
            inline for (info.fields) |field| least = @min(least, leastBytes(field.type));
            return 1 + least;
        },
        else => comptime unreachable,
    }
}

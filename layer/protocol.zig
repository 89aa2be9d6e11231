//! The messages between a layer and the internal proxy, and their bytes.
//! Generated from protocol/layer/messages.ts by `deno task generate`: change that file, not this one.
//!
//! Needs no libc and no allocator: `encode` fills the caller's buffer, `decode` points into the received bytes.

const mem = @import("std").mem;

pub const config_magic = "MIRRORDL";
pub const config_version: u32 = 4;
pub const config_header_bytes = 20;
pub const config_writing_offset = 16;

pub const AcceptedReply = struct {
    source: ?SocketAddress,
    destination: ?SocketAddress,
};

pub const AddressReply = struct {
    address: ?SocketAddress,
};

pub const AttributeReplyFailed = struct {
    errno: i32,
};

pub const AttributeReplyOk = struct {
    value: []const u8,
};

pub const AttributeReply = union(enum(u8)) {
    failed: AttributeReplyFailed,
    ok: AttributeReplyOk,
};

pub const ChangeMakeDirectory = struct {
    mode: u32,
};

pub const ChangeRename = struct {
    to: Location,
    flags: u32,
};

pub const ChangeLink = struct {
    to: Location,
    follow_links: bool,
};

pub const ChangeSymlink = struct {
    text: []const u8,
};

pub const ChangeMakeNode = struct {
    mode: u32,
    device: u64,
};

pub const ChangeTruncate = struct {
    size: i64,
};

pub const ChangeChangeMode = struct {
    mode: u32,
    follow_links: bool,
};

pub const ChangeChangeOwner = struct {
    uid: u32,
    gid: u32,
    follow_links: bool,
};

pub const ChangeSetTimes = struct {
    accessed: Timestamp,
    modified: Timestamp,
    follow_links: bool,
};

pub const ChangeSetAttribute = struct {
    name: []const u8,
    value: []const u8,
    flags: u32,
    follow_links: bool,
};

pub const ChangeRemoveAttribute = struct {
    name: []const u8,
    follow_links: bool,
};

pub const Change = union(enum(u8)) {
    make_directory: ChangeMakeDirectory,
    remove_directory: void,
    unlink: void,
    rename: ChangeRename,
    link: ChangeLink,
    symlink: ChangeSymlink,
    make_node: ChangeMakeNode,
    truncate: ChangeTruncate,
    change_mode: ChangeChangeMode,
    change_owner: ChangeChangeOwner,
    set_times: ChangeSetTimes,
    set_attribute: ChangeSetAttribute,
    remove_attribute: ChangeRemoveAttribute,
};

pub const ConnectReplyFailed = struct {
    errno: i32,
};

pub const ConnectReplyLocal = struct {
    destination: SocketAddress,
};

pub const ConnectReplyRemote = struct {
    id: u64,
    address: SocketAddress,
};

pub const ConnectReply = union(enum(u8)) {
    failed: ConnectReplyFailed,
    local: ConnectReplyLocal,
    remote: ConnectReplyRemote,
};

pub const DecisionReply = struct {
    verdict: u8,
    mapped: ?[]const u8,
};

pub const DnsReply = struct {
    is_local: bool,
    code: i32,
    answer: []const u8,
};

pub const ErrnoReply = struct {
    errno: i32,
};

pub const FileIdentity = struct {
    device: u64,
    inode: u64,
};

pub const FilesystemReplyFailed = struct {
    errno: i32,
};

pub const FilesystemReply = union(enum(u8)) {
    failed: FilesystemReplyFailed,
    ok: FilesystemStat,
};

pub const FilesystemStat = struct {
    type: u64,
    block_size: u64,
    blocks: u64,
    blocks_free: u64,
    blocks_available: u64,
    files: u64,
    files_free: u64,
    name_limit: u64,
    fragment_size: u64,
    flags: u64,
};

pub const JoinReply = struct {
    accepted: bool,
};

pub const LayerConfigListenPortsItem = struct {
    requested: u16,
    actual: u16,
};

pub const LayerConfig = struct {
    version: u32,
    layer_path: []const u8,
    supervisor_path: []const u8,
    door: u8,
    shadow_directory: []const u8,
    streamed_device: u64,
    files_mode: u8,
    path_rules: PathRules,
    dns_enabled: bool,
    hostname: ?[]const u8,
    outgoing_tcp: bool,
    outgoing_udp: bool,
    outgoing_unix: bool,
    outgoing_ignore_localhost: bool,
    ipv6: bool,
    hides_ipv6_interfaces: bool,
    incoming_mode: u8,
    incoming_ignore_localhost: bool,
    incoming_ignore_ports: List(PortRange),
    incoming_only_ports: ?List(PortRange),
    listen_ports: List(LayerConfigListenPortsItem),
    debugger_ports: List(PortRange),
    skip_processes: List([]const u8),
    log_level: u8,
};

pub const Location = struct {
    directory: ?FileIdentity,
    path: []const u8,
};

pub const OpenReplyFailed = struct {
    errno: i32,
};

pub const OpenReplyDirectory = struct {
    stat: Stat,
    shadow_path: []const u8,
};

pub const OpenReply = union(enum(u8)) {
    failed: OpenReplyFailed,
    directory: OpenReplyDirectory,
    descriptor: void,
};

pub const PathReplyFailed = struct {
    errno: i32,
};

pub const PathReplyOk = struct {
    path: []const u8,
};

pub const PathReply = union(enum(u8)) {
    failed: PathReplyFailed,
    ok: PathReplyOk,
};

pub const PathRules = struct {
    class_of: *const [256]u8,
    class_count: u16,
    next: PackedU16,
    accepts: PackedU16,
};

pub const PortRange = struct {
    first: u16,
    last: u16,
};

pub const RequestJoin = struct {
    secret: [16]u8,
    pid: u32,
    door: u8,
    program: []const u8,
};

pub const RequestOpenFile = struct {
    at: Location,
    flags: u32,
    mode: u32,
};

pub const RequestChange = struct {
    at: Location,
    change: Change,
};

pub const RequestGetAttribute = struct {
    at: Location,
    name: []const u8,
    follow_links: bool,
};

pub const RequestListAttributes = struct {
    at: Location,
    follow_links: bool,
};

pub const RequestFlush = struct {
    file: FileIdentity,
    purpose: u8,
};

pub const RequestWatch = struct {
    at: Location,
};

pub const RequestStat = struct {
    at: Location,
    follow_links: bool,
};

pub const RequestStatIdentity = struct {
    file: FileIdentity,
};

pub const RequestAccess = struct {
    at: Location,
    mode: u32,
    effective_ids: bool,
};

pub const RequestReadLink = struct {
    at: Location,
};

pub const RequestRealPath = struct {
    at: Location,
};

pub const RequestStatFilesystem = struct {
    at: Location,
};

pub const RequestDecidePath = struct {
    path: []const u8,
    write: bool,
    own: bool,
};

pub const RequestResolve = struct {
    name: []const u8,
    service: []const u8,
    family: u16,
    socket_type: u32,
    protocol: u32,
    flags: u32,
};

pub const RequestReverseResolve = struct {
    address: []const u8,
};

pub const RequestDnsQuery = struct {
    query: []const u8,
    search: bool,
};

pub const RequestConnect = struct {
    cookie: u64,
    socket_type: u32,
    destination: SocketAddress,
    bound_to: ?SocketAddress,
};

pub const RequestSendTo = struct {
    cookie: u64,
    destination: SocketAddress,
    from: SocketAddress,
    is_v6_only: bool,
};

pub const RequestReceivedFrom = struct {
    cookie: u64,
    stand_in: SocketAddress,
};

pub const RequestConnectStarted = struct {
    id: u64,
    local_port: u16,
    wait: bool,
};

pub const RequestConnectError = struct {
    cookie: u64,
};

pub const RequestBound = struct {
    cookie: u64,
    requested: SocketAddress,
    actual: SocketAddress,
};

pub const RequestListen = struct {
    cookie: u64,
    requested: SocketAddress,
    actual: SocketAddress,
    backlog: u32,
};

pub const RequestAccepted = struct {
    cookie: u64,
    peer: SocketAddress,
    local: SocketAddress,
};

pub const RequestSocketName = struct {
    cookie: u64,
    peer_side: bool,
    actual: SocketAddress,
};

pub const RequestLog = struct {
    level: u8,
    text: []const u8,
};

pub const Request = union(enum(u8)) {
    join: RequestJoin,
    open_file: RequestOpenFile,
    change: RequestChange,
    get_attribute: RequestGetAttribute,
    list_attributes: RequestListAttributes,
    flush: RequestFlush,
    watch: RequestWatch,
    stat: RequestStat,
    stat_identity: RequestStatIdentity,
    access: RequestAccess,
    read_link: RequestReadLink,
    real_path: RequestRealPath,
    stat_filesystem: RequestStatFilesystem,
    decide_path: RequestDecidePath,
    resolve: RequestResolve,
    reverse_resolve: RequestReverseResolve,
    dns_query: RequestDnsQuery,
    connect: RequestConnect,
    send_to: RequestSendTo,
    received_from: RequestReceivedFrom,
    connect_started: RequestConnectStarted,
    connect_error: RequestConnectError,
    bound: RequestBound,
    listen: RequestListen,
    accepted: RequestAccepted,
    socket_name: RequestSocketName,
    settle: void,
    log: RequestLog,
};

pub const ResolveReply = struct {
    is_local: bool,
    code: i32,
    canonical_name: []const u8,
    addresses: List([]const u8),
};

pub const ReverseReply = struct {
    code: i32,
    name: []const u8,
};

pub const RouteReplyFailed = struct {
    errno: i32,
};

pub const RouteReplyLocal = struct {
    destination: SocketAddress,
};

pub const RouteReplyRemote = struct {
    stand_in: SocketAddress,
    is_settled: bool,
};

pub const RouteReply = union(enum(u8)) {
    failed: RouteReplyFailed,
    local: RouteReplyLocal,
    remote: RouteReplyRemote,
};

pub const SocketAddressV4 = struct {
    address: [4]u8,
    port: u16,
};

pub const SocketAddressV6 = struct {
    address: [16]u8,
    port: u16,
    scope: u32,
};

pub const SocketAddressUnix = struct {
    path: []const u8,
};

pub const SocketAddress = union(enum(u8)) {
    v4: SocketAddressV4,
    v6: SocketAddressV6,
    unix: SocketAddressUnix,
};

pub const Stat = struct {
    device: u64,
    inode: u64,
    mode: u32,
    links: u32,
    uid: u32,
    gid: u32,
    special_device: u64,
    size: u64,
    block_size: u32,
    blocks: u64,
    accessed: Timestamp,
    modified: Timestamp,
    changed: Timestamp,
    born: ?Timestamp,
};

pub const StatReplyFailed = struct {
    errno: i32,
};

pub const StatReply = union(enum(u8)) {
    failed: StatReplyFailed,
    ok: Stat,
};

pub const Timestamp = struct {
    seconds: i64,
    nanoseconds: u32,
};

/// Bits of `PathRules.accepts`, strongest first.
pub const PathSet = struct {
    pub const not_found: u16 = 1;
    pub const read_write: u16 = 2;
    pub const read_only: u16 = 4;
    pub const local: u16 = 8;
    pub const default_not_found: u16 = 16;
    pub const default_read_only: u16 = 32;
    pub const default_local: u16 = 64;
    pub const ask: u16 = 128;
};

pub const RequestTag = @typeInfo(Request).@"union".tag_type.?;

/// The reply to each request; `void` where none is sent.
pub const Reply = union(RequestTag) {
    join: JoinReply,
    open_file: OpenReply,
    change: ErrnoReply,
    get_attribute: AttributeReply,
    list_attributes: AttributeReply,
    flush: ErrnoReply,
    watch: PathReply,
    stat: StatReply,
    stat_identity: StatReply,
    access: ErrnoReply,
    read_link: PathReply,
    real_path: PathReply,
    stat_filesystem: FilesystemReply,
    decide_path: DecisionReply,
    resolve: ResolveReply,
    reverse_resolve: ReverseReply,
    dns_query: DnsReply,
    connect: ConnectReply,
    send_to: RouteReply,
    received_from: AddressReply,
    connect_started: ErrnoReply,
    connect_error: ErrnoReply,
    bound: ErrnoReply,
    listen: ErrnoReply,
    accepted: AcceptedReply,
    socket_name: AddressReply,
    settle: ErrnoReply,
    log: void,
};

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

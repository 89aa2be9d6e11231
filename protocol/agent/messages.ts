/**
 * What the internal proxy and the agent say to each other. One request is one stream of the link: its header is an
 * encoded `Request`, the first message back is the reply named in `replies`, and raw bytes may follow in both directions.
 * Replies are framed by a 4-byte little-endian length; see `docs/ARCHITECTURE.md`, "Internal proxy and agent".
 */
import { changesOf } from "../changes.ts";
import { bool, bytes, i32, list, option, struct, text, u16, u32, u64, u8, union } from "../schema.ts";
import { FilesystemStat, ResolvedAddress, SocketAddress, Stat, Timestamp } from "../layer/messages.ts";

/** The kernel's identity of a file, in the target. */
export const Identity = struct({ device: u64, inode: u64 });

/** As the layer's `Change`, with the target's absolute paths. */
export const Change = union(changesOf(bytes, Timestamp));

/** What is done to a file that is open at the agent. Each is answered by one `FileResult`, in their order. */
export const FileOperation = union({
  read: struct({ offset: u64, length: u32 }),
  write: struct({ offset: u64, bytes }),
  append: struct({ bytes }),
  synchronise: struct({ dataOnly: bool }),
  stat: struct({}),
  getAttribute: struct({ name: bytes }),
  listAttributes: struct({}),
  /** Of the file itself: what names a place (`makeDirectory` …) is no such change. */
  change: Change,
});
/**
 * `content`: so many bytes were read, and follow raw (none at the end of the file). `bytes`: an attribute's value. `done`:
 * the file's metadata afterwards.
 */
export const FileResult = union({
  failed: struct({ errno: i32 }),
  content: struct({ length: u32 }),
  bytes: struct({ bytes }),
  done: struct({ stat: Stat }),
});

/** What is asked about each of many names in a directory, none of which is followed if it is a link. */
export const EntryQuestion = union({
  stat: struct({}),
  getAttribute: struct({ name: bytes }),
  listAttributes: struct({}),
});
/** `skipped`: the answer is too long to be given among others. */
export const EntryAnswer = union({
  skipped: struct({}),
  failed: struct({ errno: i32 }),
  stat: Stat,
  value: struct({ value: bytes }),
});

/** Opened by the proxy. Paths are absolute paths of the target, resolved beneath its root. */
export const Request = union({
  describe: struct({}),
  env: struct({}),
  /**
   * Content bytes follow an `OpenReply.file` until the stream ends; but `FileOperation`s are awaited, as by `editFile`, if
   * its `stat.size` is above `contentMax`. `flags`: those of open(2).
   */
  openFile: struct({ path: bytes, flags: u32, contentMax: u64 }),
  /** Opens for writing with the rights of the target. `FileOperation`s follow, until the proxy ends the stream. */
  editFile: struct({ path: bytes, flags: u32, mode: u32 }),
  /** `expected`: only if the path still leads to this file; ESTALE otherwise. */
  change: struct({ path: bytes, change: Change, expected: option(Identity) }),
  getAttribute: struct({ path: bytes, name: bytes, followLinks: bool }),
  listAttributes: struct({ path: bytes, followLinks: bool }),
  /** Lives until the proxy ends the stream: a `FileChanges` comes each time that the file or directory may have changed. */
  watchFile: struct({ path: bytes }),
  readDirectory: struct({ path: bytes }),
  askEntries: struct({ directory: bytes, names: list(bytes), question: EntryQuestion }),
  stat: struct({ path: bytes, followLinks: bool }),
  access: struct({ path: bytes, mode: u32, effectiveIds: bool }),
  readLink: struct({ path: bytes }),
  realPath: struct({ path: bytes }),
  statFilesystem: struct({ path: bytes }),
  resolve: struct({ name: bytes, family: u16 }),
  reverseResolve: struct({ address: bytes }),
  /** `socketType`: 1 stream (bytes follow), 2 datagram (a lossy stream: one message is one datagram), 5 packets (`Packet`). */
  connect: struct({ socketType: u8, destination: SocketAddress }),
  /** A socket of `family` (2 or 10) that is connected to nobody: a lossy stream of `Datagram`s, and `FromNetwork` back. */
  datagrams: struct({ family: u16 }),
  /** A question as `dnsQuery` of the layer's messages. */
  dnsQuery: struct({ query: bytes, search: bool }),
  /** Lives until the proxy ends the stream. `mode`: 1 mirror, 2 steal. */
  subscribe: struct({ port: u16, mode: u8 }),
  /** The target's container was restarted: serve files and variables from the new one. */
  retarget: struct({ containerId: text }),
});

/** A datagram to, or from, `peer`. */
export const Datagram = struct({ peer: SocketAddress, payload: bytes });

/** What came for a socket that is connected to nobody, and what became of its datagrams: told once for each peer. */
export const FromNetwork = union({
  datagram: Datagram,
  sent: struct({ peer: SocketAddress }),
  failed: struct({ peer: SocketAddress, errno: i32 }),
});

/** What the agent says on the stream of a connected datagram socket: what came, or the errno that the network reported. */
export const FromPeer = union({ datagram: bytes, failed: i32 });

/** One packet of a unix socket that keeps them whole. */
export const Packet = struct({ payload: bytes });

/** Opened by the agent: a connection that came to a subscribed port. Mirrored ones are lossy, one way, ended when lossy. */
export const Incoming = struct({
  subscription: u64,
  mode: u8,
  source: SocketAddress,
  destination: SocketAddress,
});

export const ErrnoReply = struct({ errno: i32 });
export const DescribeReply = struct({
  version: text,
  hostname: bytes,
  containerId: option(text),
  targetPid: option(u32),
  sharesOurNetwork: bool,
  kernel: text,
  /** Why incoming traffic can't be had here, if so. */
  incomingUnavailable: option(text),
});
/** The variables as they stand in /proc/PID/environ, `NAME=value` each; exclusions are the proxy's matter. */
export const EnvReply = struct({ variables: list(bytes) });
/** Of a directory: its real path, and what is in it (nothing if it was opened with O_PATH). */
export const OpenReply = union({
  failed: struct({ errno: i32 }),
  file: struct({ stat: Stat }),
  directory: struct({ stat: Stat, path: bytes, entries: list(struct({ name: bytes, type: u8, inode: u64 })) }),
});
/**
 * What has happened since the last time. `names`: what a directory holds may be another; `written`: entries that were
 * written to, and whether that is over.
 */
export const FileChanges = struct({ names: bool, written: list(struct({ name: bytes, isClosed: bool })) });
/** `stat`: of the file that was changed (removed, renamed over) afterwards, if there is one. */
export const ChangeReply = struct({ errno: i32, stat: option(Stat) });
export const AttributeReply = union({ failed: struct({ errno: i32 }), ok: struct({ value: bytes }) });
/** In the order of the names; none where the file system might not answer at once. */
export const EntriesReply = struct({ answers: list(EntryAnswer) });
export const StatReply = union({ failed: struct({ errno: i32 }), ok: Stat });
export const FilesystemReply = union({ failed: struct({ errno: i32 }), ok: FilesystemStat });
export const PathReply = union({ failed: struct({ errno: i32 }), ok: struct({ path: bytes }) });
/** `code`: 0 or an EAI_ number of glibc (-2 no name, -3 again, -4 fail, -5 no data). */
export const ResolveReply = struct({ code: i32, canonicalName: bytes, addresses: list(ResolvedAddress), reason: text });
export const ReverseReply = struct({ code: i32, name: bytes });
export const ConnectReply = union({
  failed: struct({ errno: i32, reason: text }),
  ok: struct({ local: SocketAddress, peer: SocketAddress }),
});
export const DatagramsReply = union({
  failed: struct({ errno: i32, reason: text }),
  ok: struct({}),
});
/** `answer`: the name server's whole response, empty when none came. `code` as in `ResolveReply`. */
export const DnsReply = struct({ code: i32, answer: bytes, reason: text });
/** `holder`: who has the port already, as `user@host`. */
export const SubscribeReply = union({
  ok: struct({ diversion: text }),
  taken: struct({ holder: text }),
  failed: struct({ errno: i32, reason: text }),
});

export const replies = {
  describe: DescribeReply,
  env: EnvReply,
  openFile: OpenReply,
  editFile: OpenReply,
  change: ChangeReply,
  getAttribute: AttributeReply,
  listAttributes: AttributeReply,
  watchFile: ErrnoReply,
  readDirectory: OpenReply,
  askEntries: EntriesReply,
  stat: StatReply,
  access: ErrnoReply,
  readLink: PathReply,
  realPath: PathReply,
  statFilesystem: FilesystemReply,
  resolve: ResolveReply,
  reverseResolve: ReverseReply,
  connect: ConnectReply,
  datagrams: DatagramsReply,
  dnsQuery: DnsReply,
  subscribe: SubscribeReply,
  retarget: ErrnoReply,
} as const;

/**
 * What a layer (or supervisor) and the internal proxy say to each other.
 *
 * One unix socket connection carries one exchange at a time: the layer writes a `Request`, the proxy answers with the
 * reply named in `replies` (or nothing, for `null`). The first byte of `OpenReply.descriptor` has an open file with it
 * (SCM_RIGHTS).
 *
 * `layer/protocol.zig` is generated from this file: `deno task generate`.
 */
import { changesOf } from "../changes.ts";
import { bool, bytes, fixed, i32, i64, list, option, struct, u16, u32, u64, u8, union } from "../schema.ts";

/** An address as the program sees it. Ports are in host order; `path` of a unix socket keeps a leading NUL (abstract). */
export const SocketAddress = union({
  v4: struct({ address: fixed(4), port: u16 }),
  v6: struct({ address: fixed(16), port: u16, scope: u32 }),
  unix: struct({ path: bytes }),
});

/** The kernel's identity of an open file: the one key that survives dup, fork, exec and passing over sockets. */
export const FileIdentity = struct({ device: u64, inode: u64 });

/**
 * A path, absolute, or relative to a remote directory that the program holds open. An empty path with a `directory`: that
 * open file or directory itself.
 */
export const Location = struct({ directory: option(FileIdentity), path: bytes });

export const Timestamp = struct({ seconds: i64, nanoseconds: u32 });

/** A file's metadata in the target (the fields of statx(2)). `mode` carries the file type bits. */
export const Stat = struct({
  device: u64,
  inode: u64,
  mode: u32,
  links: u32,
  uid: u32,
  gid: u32,
  specialDevice: u64,
  size: u64,
  blockSize: u32,
  blocks: u64,
  accessed: Timestamp,
  modified: Timestamp,
  changed: Timestamp,
  born: option(Timestamp),
});

/** The fields of statfs(2). */
export const FilesystemStat = struct({
  type: u64,
  blockSize: u64,
  blocks: u64,
  blocksFree: u64,
  blocksAvailable: u64,
  files: u64,
  filesFree: u64,
  nameLimit: u64,
  fragmentSize: u64,
  flags: u64,
});

/** What is to be done to the file at a location. */
export const Change = union(changesOf(Location, Timestamp));

/** One answer of a name look-up: 4 or 16 bytes of address. */
export const ResolvedAddress = bytes;

/** Every request begins a new exchange. Errors are errno numbers of Linux; 0 means success. */
export const Request = union({
  /** First on every connection: who is speaking. A wrong secret closes the connection. */
  join: struct({ secret: fixed(16), pid: u32, door: u8, program: bytes }),
  /** `mode` comes with the umask applied. */
  openFile: struct({ at: Location, flags: u32, mode: u32 }),
  change: struct({ at: Location, change: Change }),
  /** `name`: of an extended attribute. */
  getAttribute: struct({ at: Location, name: bytes, followLinks: bool }),
  /** The names of all extended attributes, each with a NUL behind it. */
  listAttributes: struct({ at: Location, followLinks: bool }),
  /** Brings to the target what was written to an open file. `purpose`: 0 close(2), 1 fdatasync(2), 2 fsync(2). */
  flush: struct({ file: FileIdentity, purpose: u8 }),
  /**
   * What changes here as the remote file or directory does, for inotify(7): a local directory's path; or none, and a
   * descriptor comes along.
   */
  watch: struct({ at: Location }),
  stat: struct({ at: Location, followLinks: bool }),
  statIdentity: struct({ file: FileIdentity }),
  access: struct({ at: Location, mode: u32, effectiveIds: bool }),
  readLink: struct({ at: Location }),
  realPath: struct({ at: Location }),
  statFilesystem: struct({ at: Location }),
  /**
   * Where a path goes, for paths that the rule table leaves open (look-arounds, mappings). `write` as in the path rules;
   * `own`: it is among what the process itself adds to the local defaults.
   */
  decidePath: struct({ path: bytes, write: bool, own: bool }),
  resolve: struct({ name: bytes, service: bytes, family: u16, socketType: u32, protocol: u32, flags: u32 }),
  reverseResolve: struct({ address: bytes }),
  /** A question in DNS's own form, with one question; `search`: in the target's search domains, too. */
  dnsQuery: struct({ query: bytes, search: bool }),
  /** `socketType`: 1 stream, 2 datagram, 5 packets in sequence (unix). `boundTo`: the socket's own local address if it was bound. */
  connect: struct({ cookie: u64, socketType: u32, destination: SocketAddress, boundTo: option(SocketAddress) }),
  /**
   * A datagram is about to be sent from a socket that is not connected. `from`: what the socket is bound to; `isV6Only`: it
   * cannot send to the loopback address of IPv4.
   */
  sendTo: struct({ cookie: u64, destination: SocketAddress, from: SocketAddress, isV6Only: bool }),
  /** Who really sent a datagram that came from a stand-in (`RouteReply.remote`). */
  receivedFrom: struct({ cookie: u64, standIn: SocketAddress }),
  /** The real connect() to `ConnectReply.remote` was started from `localPort`. With `wait` the outcome is answered. */
  connectStarted: struct({ id: u64, localPort: u16, wait: bool }),
  /** The true error of a connection whose real socket failed (SO_ERROR). */
  connectError: struct({ cookie: u64 }),
  bound: struct({ cookie: u64, requested: SocketAddress, actual: SocketAddress }),
  listen: struct({ cookie: u64, requested: SocketAddress, actual: SocketAddress, backlog: u32 }),
  /** Who is behind an accepted connection: `peer` and `local` as the kernel tells them. */
  accepted: struct({ cookie: u64, peer: SocketAddress, local: SocketAddress }),
  /** What getsockname/getpeername must answer. `actual` is the kernel's own answer. */
  socketName: struct({ cookie: u64, peerSide: bool, actual: SocketAddress }),
  /** Answered when everything that programs have written until now is at the target, or was told to the user as lost. */
  settle: struct({}),
  /** A line for the session's log (level 0 error … 4 trace). */
  log: struct({ level: u8, text: bytes }),
});

export const ErrnoReply = struct({ errno: i32 });
export const JoinReply = struct({ accepted: bool });
/**
 * An errno; a directory, whose shadow is at `shadowPath`; or an open file with the flags that were asked for, which comes
 * with the reply's first byte.
 */
export const OpenReply = union({
  failed: struct({ errno: i32 }),
  directory: struct({ stat: Stat, shadowPath: bytes }),
  descriptor: struct({}),
});
export const StatReply = union({ failed: struct({ errno: i32 }), ok: Stat });
export const FilesystemReply = union({ failed: struct({ errno: i32 }), ok: FilesystemStat });
export const PathReply = union({ failed: struct({ errno: i32 }), ok: struct({ path: bytes }) });
export const AttributeReply = union({ failed: struct({ errno: i32 }), ok: struct({ value: bytes }) });
/** 0 local, 1 remote, 2 not found; `mapped` replaces the path in all three. */
export const DecisionReply = struct({ verdict: u8, mapped: option(bytes) });
/** `code`: 0 or an EAI_ number of glibc. `isLocal`: the name is one that this machine is to be asked for. */
export const ResolveReply = struct({
  isLocal: bool,
  code: i32,
  canonicalName: bytes,
  addresses: list(ResolvedAddress),
});
/** `answer`: the name server's whole response; `code` as in `ResolveReply`. */
export const DnsReply = struct({ isLocal: bool, code: i32, answer: bytes });
export const ReverseReply = struct({ code: i32, name: bytes });
/** `local`: connect natively to `destination` (own listener, filtered, loopback). `remote`: connect to this address. */
export const ConnectReply = union({
  failed: struct({ errno: i32 }),
  local: struct({ destination: SocketAddress }),
  remote: struct({ id: u64, address: SocketAddress }),
});
/** As `ConnectReply`: where to send the datagram instead. `isSettled`: so will be all that follow, without asking. */
export const RouteReply = union({
  failed: struct({ errno: i32 }),
  local: struct({ destination: SocketAddress }),
  remote: struct({ standIn: SocketAddress, isSettled: bool }),
});
export const AddressReply = struct({ address: option(SocketAddress) });
export const AcceptedReply = struct({ source: option(SocketAddress), destination: option(SocketAddress) });

/** The reply of each request; `null` = none is sent. `connectStarted` answers only when `wait` is set. */
export const replies = {
  join: JoinReply,
  openFile: OpenReply,
  change: ErrnoReply,
  getAttribute: AttributeReply,
  listAttributes: AttributeReply,
  flush: ErrnoReply,
  watch: PathReply,
  stat: StatReply,
  statIdentity: StatReply,
  access: ErrnoReply,
  readLink: PathReply,
  realPath: PathReply,
  statFilesystem: FilesystemReply,
  decidePath: DecisionReply,
  resolve: ResolveReply,
  reverseResolve: ReverseReply,
  dnsQuery: DnsReply,
  connect: ConnectReply,
  sendTo: RouteReply,
  receivedFrom: AddressReply,
  connectStarted: ErrnoReply,
  connectError: ErrnoReply,
  bound: ErrnoReply,
  listen: ErrnoReply,
  accepted: AcceptedReply,
  socketName: AddressReply,
  settle: ErrnoReply,
  log: null,
} as const;

/** A port range, both ends included. */
export const PortRange = struct({ first: u16, last: u16 });

/**
 * The rule table: a DFA over the bytes of an absolute path (already lower-cased by the byte classes).
 * `next[state * classCount + classOf[byte]]` is the next state; `accepts[state]` is a set of `PathSet` bits that hold when
 * the path ends there. State 0 is the start.
 */
export const PathRules = struct({ classOf: fixed(256), classCount: u16, next: list(u16), accepts: list(u16) });

/**
 * Bits of `PathRules.accepts`, strongest first, as `cli/rules/decide.ts` applies them. `ask`: some pattern cannot be put in
 * a DFA, or a mapping may apply: use `decidePath`.
 */
export const PathSet = {
  notFound: 1,
  readWrite: 2,
  readOnly: 4,
  local: 8,
  defaultNotFound: 16,
  defaultReadOnly: 32,
  defaultLocal: 64,
  ask: 128,
} as const;

/**
 * What every layer must know without asking; a file that all processes of a session map. No secrets in it.
 * `outgoingUnix`: some unix sockets are the target's. `ipv6`: false makes socket(AF_INET6) fail.
 * `door`: 0 what the program's file needs, 1 always the preloaded library, 2 always the supervisor.
 * `filesMode`: 0 local, 1 localwithoverrides, 2 read, 3 write. `incomingMode`: 0 off, 1 mirror, 2 steal.
 * `streamedDevice`: `st_dev` of the files that the proxy serves (FUSE), 0 if there are none.
 */
export const LayerConfig = struct({
  version: u32,
  layerPath: bytes,
  supervisorPath: bytes,
  door: u8,
  shadowDirectory: bytes,
  streamedDevice: u64,
  filesMode: u8,
  pathRules: PathRules,
  dnsEnabled: bool,
  hostname: option(bytes),
  outgoingTcp: bool,
  outgoingUdp: bool,
  outgoingUnix: bool,
  outgoingIgnoreLocalhost: bool,
  ipv6: bool,
  hidesIpv6Interfaces: bool,
  incomingMode: u8,
  incomingIgnoreLocalhost: bool,
  incomingIgnorePorts: list(PortRange),
  incomingOnlyPorts: option(list(PortRange)),
  listenPorts: list(struct({ requested: u16, actual: u16 })),
  debuggerPorts: list(PortRange),
  skipProcesses: list(bytes),
  logLevel: u8,
});

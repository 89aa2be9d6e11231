/** What the kernel tells about sockets of this network namespace (sock_diag(7)): needs no rights. */
import { AF_INET, AF_INET6, ipOf, portOf, type SocketAddress, unmapped } from "./address.ts";
import { Errno } from "./errno.ts";
import { check, errno, libc } from "./libc.ts";
import type { Poller, Watch } from "./poller.ts";
import { withSocket } from "./socket.ts";

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC_NONBLOCK = 3 | 0o2004000;
const NETLINK_SOCK_DIAG = 4;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SOCK_DIAG_BY_FAMILY = 20;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
/** Groups 1–4: TCP and UDP sockets of both families that were destroyed. */
const destroyGroups = 0b1111;
const gatherMs = 5;
const headerBytes = 16;
const requestBytes = 56;
/** Offsets in `struct inet_diag_msg`. */
const stateOffset = 1;
const cookieOffset = 44;
const inodeOffset = 68;

export const TcpState = { established: 1, synSent: 2, listen: 10 } as const;

/** One socket as the kernel describes it. */
export interface SocketInfo {
  state: number;
  cookie: bigint;
  /** Inode on sockfs, as in the `socket:[N]` links of /proc/PID/fd; 0 when no descriptor is left. */
  inode: bigint;
}

/** Asks about single sockets, synchronously (some 20 µs). */
export class SocketLookup {
  readonly #fd = openNetlink(0);
  readonly #buffer = new Uint8Array(64 << 10);

  /** The TCP socket that is bound to `local` and connected to `peer` (a listener at `local` when there is none). */
  tcp(local: SocketAddress, peer: SocketAddress): SocketInfo | null {
    return this.#ask(diagRequest(IPPROTO_TCP, local, peer));
  }

  /** The UDP socket that is bound to `local` and, if there is one, connected to `peer`. */
  udp(local: SocketAddress, peer: SocketAddress): SocketInfo | null {
    // The kernel takes the two ends the other way round here ("for historical reasons").
    return this.#ask(diagRequest(IPPROTO_UDP, peer, local));
  }

  #ask(request: Uint8Array<ArrayBuffer>): SocketInfo | null {
    if (libc.send(this.#fd, request, BigInt(request.length), 0) < 0) return null;
    const count = libc.recv(this.#fd, this.#buffer, BigInt(this.#buffer.length), 0);
    for (const message of messagesIn(this.#buffer.subarray(0, Math.max(0, count)))) {
      if (message.type === SOCK_DIAG_BY_FAMILY) return socketInfo(message.body);
    }
    return null;
  }

  /** The cookies of all TCP listeners, or null when they could not be listed. */
  listeners(): Set<bigint> | null {
    const cookies = new Set<bigint>();
    for (const family of [AF_INET, AF_INET6]) {
      const request = dumpRequest(family);
      if (libc.send(this.#fd, request, BigInt(request.length), 0) < 0 || !this.#collect(cookies)) return null;
    }
    return cookies;
  }

  #collect(cookies: Set<bigint>): boolean {
    for (;;) {
      const count = libc.recv(this.#fd, this.#buffer, BigInt(this.#buffer.length), 0);
      if (count <= 0) return false;
      for (const message of messagesIn(this.#buffer.subarray(0, count))) {
        if (message.type === NLMSG_DONE) return true;
        if (message.type === NLMSG_ERROR) return false;
        cookies.add(socketInfo(message.body).cookie);
      }
    }
  }

  close(): void {
    libc.close(this.#fd);
  }
}

/** What `watchDestroyedSockets` tells. */
export interface DestroyedSockets {
  /** The socket with this cookie is gone: its last descriptor was closed, and its connection has ended. */
  onDestroyed(cookie: bigint): void;
  /** Some were missed, or none can be told at all: ask by `SocketLookup`. */
  onMissed(): void;
}

/** Listens to the kernel's announcements of sockets that end; returns how to stop. Throws where it has none. */
export function watchDestroyedSockets(poller: Poller, handler: DestroyedSockets): () => void {
  const fd = openNetlink(destroyGroups);
  const size = new Uint8Array(new Uint32Array([1 << 20]).buffer);
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, size.length);
  const watch = withSocket(fd, () => poller.watch(fd));
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Many come together: one wake-up for all of them.
  const gather = () => new Promise<void>((resolve) => timer = setTimeout(resolve, gatherMs));
  readDestroyed(fd, watch, handler, gather);
  return () => {
    clearTimeout(timer);
    watch.close();
    libc.close(fd);
  };
}

async function readDestroyed(
  fd: number,
  watch: Watch,
  handler: DestroyedSockets,
  gather: () => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(8 << 10);
  for (;;) {
    await watch.readable();
    if (watch.closed) return;
    await gather();
    for (let count; (count = libc.recv(fd, buffer, BigInt(buffer.length), 0)) !== 0;) {
      if (count < 0) {
        if (errno() !== Errno.ENOBUFS) break;
        handler.onMissed();
        continue;
      }
      for (const message of messagesIn(buffer.subarray(0, count))) {
        if (message.type === SOCK_DIAG_BY_FAMILY) handler.onDestroyed(socketInfo(message.body).cookie);
      }
    }
  }
}

function openNetlink(groups: number): number {
  const fd = check("socket", libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC_NONBLOCK, NETLINK_SOCK_DIAG));
  const address = new Uint8Array(12);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(8, groups, true);
  if (libc.bind(fd, address, address.length) < 0) {
    libc.close(fd);
    throw new Error("the kernel announces no ended sockets here");
  }
  return fd;
}

function diagRequest(protocol: number, local: SocketAddress, peer: SocketAddress): Uint8Array<ArrayBuffer> {
  const [plainLocal, plainPeer] = [unmapped(local), unmapped(peer)];
  const request = emptyRequest(protocol, "v6" in plainLocal ? AF_INET6 : AF_INET, NLM_F_REQUEST, 0xffffffff);
  const view = new DataView(request.buffer);
  const id = headerBytes + 8;
  view.setUint16(id, portOf(plainLocal));
  view.setUint16(id + 2, portOf(plainPeer));
  request.set(ipOf(plainLocal), id + 4);
  request.set(ipOf(plainPeer), id + 20);
  return request;
}

function dumpRequest(family: number): Uint8Array<ArrayBuffer> {
  return emptyRequest(IPPROTO_TCP, family, NLM_F_REQUEST | NLM_F_DUMP, 1 << TcpState.listen);
}

function emptyRequest(protocol: number, family: number, flags: number, states: number): Uint8Array<ArrayBuffer> {
  const request = new Uint8Array(headerBytes + requestBytes);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, flags, true);
  request[headerBytes] = family;
  request[headerBytes + 1] = protocol;
  view.setUint32(headerBytes + 4, states, true);
  view.setBigUint64(headerBytes + 48, 0xffffffffffffffffn, true); // any cookie
  return request;
}

function* messagesIn(bytes: Uint8Array): Generator<{ type: number; body: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let offset = 0; offset + headerBytes <= bytes.length;) {
    const length = view.getUint32(offset, true);
    if (length < headerBytes || offset + length > bytes.length) return;
    yield { type: view.getUint16(offset + 4, true), body: bytes.subarray(offset + headerBytes, offset + length) };
    offset += (length + 3) & ~3;
  }
}

function socketInfo(body: Uint8Array): SocketInfo {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return {
    state: body[stateOffset],
    cookie: view.getBigUint64(cookieOffset, true),
    inode: BigInt(view.getUint32(inodeOffset, true)),
  };
}

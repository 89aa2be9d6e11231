/** Sockets by descriptor: what Deno's own connections and listeners do not offer. */
import { cString, errno, libc } from "./libc.ts";
import {
  AF_INET,
  AF_INET6,
  decodeSockaddr,
  encodeSockaddr,
  type InternetAddress,
  SOCKADDR_BYTES,
} from "./socket_address.ts";
import { checked, SystemError } from "./system_error.ts";

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const O_RDONLY_CLOEXEC = 0o2000000;
const SOL_IP = 0;
const SOL_SOCKET = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const SOL_IPV6 = 41;
const IP_TRANSPARENT = 19;
const IPV6_TRANSPARENT = 75;
const SO_ERROR = 4;
const SO_MARK = 36;
const POLLOUT = 4;
const EINPROGRESS = 115;
/** Beyond the kernel's own limit (net.core.somaxconn), which therefore decides. */
const BACKLOG = 65535;

/** Sets an option of one 32-bit value. */
export function setOption(fd: number, level: number, option: number, value: number, what: string): void {
  checked(what, libc.setsockopt(fd, level, option, new Uint8Array(Int32Array.of(value).buffer), 4));
}

/** A non-blocking TCP socket. */
export function openTcpSocket(family: number): number {
  return checked("socket", libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

export function closeDescriptor(fd: number): void {
  libc.close(fd);
}

/** Binds to any address and a port that the kernel picks; answers the port. */
export function bindAnyPort(fd: number, family: number): number {
  const bytes = new Uint8Array(family === AF_INET ? 16 : SOCKADDR_BYTES);
  new DataView(bytes.buffer).setUint16(0, family, true);
  checked("bind", libc.bind(fd, bytes, bytes.length));
  checked("getsockname", libc.getsockname(fd, bytes, lengthCell(bytes.length)));
  return new DataView(bytes.buffer).getUint16(2);
}

/** Starts a connect on a non-blocking socket; `pendingError` tells how it went once the socket is writable. */
export function startConnect(fd: number, destination: InternetAddress): void {
  const bytes = encodeSockaddr(destination);
  if (libc.connect(fd, bytes, bytes.length) === 0) return;
  const code = errno();
  if (code !== EINPROGRESS) throw new SystemError("connect", code);
}

/** Whether a connect has come to its end, good or bad. */
export function isWritable(fd: number): boolean {
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, POLLOUT, true);
  return checked("poll", libc.poll(entry, 1n, 0)) > 0;
}

/** The address that a connected or bound socket has here. */
export function localAddressOf(fd: number): InternetAddress {
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  checked("getsockname", libc.getsockname(fd, bytes, lengthCell(bytes.length)));
  const address = decodeSockaddr(bytes);
  if (!address) throw new TypeError(`Descriptor ${fd} is no internet socket`);
  return address;
}

/** The socket's pending errno (SO_ERROR), 0 if there is none. */
export function pendingError(fd: number): number {
  const value = new Int32Array(1);
  checked("SO_ERROR", libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, new Uint8Array(value.buffer), lengthCell(4)));
  return value[0];
}

export function setMark(fd: number, mark: number): void {
  setOption(fd, SOL_SOCKET, SO_MARK, mark, "SO_MARK");
}

/** Small writes leave without waiting for an answer to earlier ones; what a listener accepts inherits it. */
export function sendAtOnce(fd: number): void {
  setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
}

/** Lets a listener take connections to addresses that are not its own (tproxy). Needs CAP_NET_ADMIN or CAP_NET_RAW. */
export function setTransparent(fd: number, family: number): void {
  const [level, option] = family === AF_INET6 ? [SOL_IPV6, IPV6_TRANSPARENT] : [SOL_IP, IP_TRANSPARENT];
  setOption(fd, level, option, 1, "IP_TRANSPARENT");
}

/** Raises a listener's queue to all that the kernel allows; Deno's own is short for bursts. */
export function raiseBacklog(fd: number): void {
  checked("listen", libc.listen(fd, BACKLOG));
}

/**
 * Resets a connection (RST), so that the peer learns of a breakdown as such. It has to be now: Deno's `close` would say an
 * ordinary end (FIN) first.
 */
export function resetConnection(fd: number): void {
  const unspecified = new Uint8Array(16);
  checked("disconnect", libc.connect(fd, unspecified, unspecified.length));
}

/** This thread's network namespace, as a descriptor. */
export function openNetworkNamespace(): number {
  return checked("open the network namespace", libc.open(cString("/proc/thread-self/ns/net"), O_RDONLY_CLOEXEC, 0));
}

/**
 * The descriptor behind a listener or connection of Deno's, which does not tell it: the one TCP socket with these
 * addresses (`peer` null for a listener). Null when there is none. Costs some 50 µs, so not for every connection.
 */
export function findDescriptor(local: InternetAddress, peer: InternetAddress | null): number | null {
  const wanted = [encodeSockaddr(local), peer && encodeSockaddr(peer)];
  for (const entry of Deno.readDirSync("/proc/self/fd")) {
    const fd = Number(entry.name);
    const names = [nameOf(libc.getsockname, fd), nameOf(libc.getpeername, fd)];
    if (names.every((name, index) => sameAddress(name, wanted[index]))) return fd;
  }
  return null;
}

/** The `sockaddr` of one end, null where there is none. */
function nameOf(call: typeof libc.getsockname, fd: number): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  const length = lengthCell(bytes.length);
  if (call(fd, bytes, length) !== 0) return null;
  const address = decodeSockaddr(bytes);
  return address && encodeSockaddr(address);
}

function sameAddress(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** A `socklen_t` for the kernel to read and write. */
function lengthCell(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.of(length).buffer);
}

/** Raw, non-blocking sockets: what Deno's own cannot do (a chosen local port, shared ports, filters, identity). */
import { decodeSockaddr, encodeSockaddr, sockaddrMax, type SocketAddress } from "./address.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "./address.ts";
import { Errno } from "./errno.ts";
import { check, errno, libc, SystemError } from "./libc.ts";

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;

const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const SO_LINGER = 13;
const SO_REUSEPORT = 15;
const SO_PEERCRED = 17;
const SO_BINDTODEVICE = 25;
const SO_COOKIE = 57;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
const TCP_INFO = 11;
/** `tcpi_unacked` of `struct tcp_info`, which for a listener is the length of its queue. */
const unackedOffset = 24;
const tcpInfoBytes = 32;

type SocketType = typeof SOCK_STREAM | typeof SOCK_DGRAM | typeof SOCK_SEQPACKET;

/** A new non-blocking, close-on-exec socket of the address's family. Throws `SystemError`. */
export function openSocket(like: SocketAddress, type: SocketType): number {
  const family = "unix" in like ? AF_UNIX : "v4" in like ? AF_INET : AF_INET6;
  return check("socket", libc.socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

export function closeSocket(fd: number): void {
  libc.close(fd);
}

/** Runs `prepare` on a new socket; the socket is closed when it throws. */
export function withSocket<T>(fd: number, prepare: (fd: number) => T): T {
  try {
    return prepare(fd);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** Several sockets of this user may have one port, if all of them say so before they bind. */
export function shareAddress(fd: number): void {
  setFlag(fd, SOL_SOCKET, SO_REUSEADDR);
  setFlag(fd, SOL_SOCKET, SO_REUSEPORT);
}

/** Nothing but the loopback device is heard. Where the kernel wants a right for it (before 5.7), it is not said. */
export function bindToLoopback(fd: number): void {
  const name = new TextEncoder().encode("lo");
  libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length);
}

/** Control messages tell which address of this machine a datagram came to. */
export function tellDestination(fd: number): void {
  setFlag(fd, IPPROTO_IP, IP_PKTINFO);
}

export function sendAtOnce(fd: number): void {
  setFlag(fd, IPPROTO_TCP, TCP_NODELAY);
}

/** Closing will reset the connection instead of ending it. */
export function resetOnClose(fd: number): void {
  const linger = new Uint8Array(8);
  linger[0] = 1;
  libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, linger.length);
}

function setFlag(fd: number, level: number, option: number): void {
  check("setsockopt", libc.setsockopt(fd, level, option, new Uint8Array([1, 0, 0, 0]), 4));
}

export function bindSocket(fd: number, address: SocketAddress): void {
  const bytes = encodeSockaddr(address);
  check("bind", libc.bind(fd, bytes, bytes.length));
}

export function listenSocket(fd: number, backlog: number): void {
  check("listen", libc.listen(fd, backlog));
}

/** The next connection of a listener, or null when none is waiting. */
export function acceptSocket(fd: number): number | null {
  const accepted = libc.accept4(fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted >= 0) return accepted;
  const code = errno();
  if (code === Errno.EAGAIN || code === Errno.ECONNABORTED || code === Errno.EINTR) return null;
  throw new SystemError("accept4", code);
}

/** Starts a connection: 0 when it stands already, else EINPROGRESS or the errno of its failure. */
export function connectSocket(fd: number, address: SocketAddress): number {
  const bytes = encodeSockaddr(address);
  return libc.connect(fd, bytes, bytes.length) === 0 ? 0 : errno();
}

/** An empty datagram to the peer of a connected socket. */
export function sendNothing(fd: number): void {
  libc.send(fd, new Uint8Array(1), 0n, MSG_DONTWAIT_NOSIGNAL);
}

/** Takes a connection, or the attempt at one, back from a socket: connect(AF_UNSPEC). */
export function disconnectSocket(fd: number): number {
  return libc.connect(fd, new Uint8Array(16), 16) === 0 ? 0 : errno();
}

export function localAddress(fd: number): SocketAddress {
  return nameOf("getsockname", libc.getsockname, fd);
}

export function peerAddress(fd: number): SocketAddress {
  return nameOf("getpeername", libc.getpeername, fd);
}

type NameCall = (fd: number, address: Uint8Array<ArrayBuffer>, length: Uint8Array<ArrayBuffer>) => number;

function nameOf(call: string, get: NameCall, fd: number): SocketAddress {
  const bytes = new Uint8Array(sockaddrMax);
  const length = new Uint8Array(new Uint32Array([bytes.length]).buffer);
  check(call, get(fd, bytes, length));
  return decodeSockaddr(bytes, new DataView(length.buffer).getUint32(0, true));
}

/** The pending error of a socket (SO_ERROR), which is cleared by asking. */
export function takeError(fd: number): number {
  return Number(readOption(fd, SO_ERROR, 4).getInt32(0, true));
}

/** How many connections wait in a listener's queue. */
export function queueLength(listener: number): number {
  return readOption(listener, TCP_INFO, tcpInfoBytes, IPPROTO_TCP).getUint32(unackedOffset, true);
}

/** The process that connected to, or listens at, the other end of a unix socket. */
export function peerProcess(fd: number): number {
  return readOption(fd, SO_PEERCRED, 12).getInt32(0, true);
}

/** The kernel's identity of a socket, which no other socket has had since the machine was started. */
export function socketCookie(fd: number): bigint {
  return readOption(fd, SO_COOKIE, 8).getBigUint64(0, true);
}

function readOption(fd: number, option: number, size: number, level = SOL_SOCKET): DataView {
  const value = new Uint8Array(size);
  const length = new Uint8Array(new Uint32Array([size]).buffer);
  check("getsockopt", libc.getsockopt(fd, level, option, value, length));
  return new DataView(value.buffer);
}

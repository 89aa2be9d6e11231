/** Unix sockets with abstract names, and who is at their other end. */
import { EAGAIN } from "./errno.ts";
import { readiness } from "./readiness.ts";
import { syscall } from "./syscall.ts";
import { SystemError } from "./system_error.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const BACKLOG = 128;

/** A listener's descriptor. Throws `SystemError` (`EADDRINUSE` when somebody has the name). */
export function listenAbstract(name: string): number {
  const fd = open();
  const address = abstractAddress(name);
  try {
    checked("bind", syscall("bind", fd, address, address.length));
    checked("listen", syscall("listen", fd, BACKLOG));
  } catch (error) {
    syscall("close", fd);
    throw error;
  }
  return fd;
}

/** A connection's descriptor. Throws `SystemError` (`ECONNREFUSED` when nobody has the name). */
export function connectAbstract(name: string): number {
  const fd = open();
  const address = abstractAddress(name);
  const result = syscall("connect", fd, address, address.length);
  if (result === 0) return fd;
  syscall("close", fd);
  throw new SystemError(`connect to @${name}`, -result);
}

/** The next connection's descriptor; null once the listener is closed. */
export async function acceptConnection(listener: number): Promise<number | null> {
  for (;;) {
    const fd = syscall("accept4", listener, 0, 0, SOCK_NONBLOCK_CLOEXEC);
    if (fd >= 0) return fd;
    if (fd !== -EAGAIN) return null;
    if (!await readiness.readable(listener)) return null;
  }
}

/** Ends a wait for connections too. */
export function closeSocket(fd: number): void {
  readiness.forget(fd);
  syscall("close", fd);
}

/** The process that connected, or, for the connecting side, that listens; 0: not to be seen from our pid namespace. */
export function peerPid(fd: number): number {
  const credentials = new Int32Array(3);
  const bytes = new Uint8Array(credentials.buffer);
  const length = new Uint8Array(Uint32Array.of(bytes.length).buffer);
  checked("SO_PEERCRED", syscall("getsockopt", fd, SOL_SOCKET, SO_PEERCRED, bytes, length));
  return credentials[0];
}

function open(): number {
  return checked("socket", syscall("socket", AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK_CLOEXEC, 0));
}

/** The length of the address is the end of the name: nothing terminates it. */
function abstractAddress(name: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${String.fromCharCode(AF_UNIX)}\0\0${name}`);
}

function checked(operation: string, result: number): number {
  if (result < 0) throw new SystemError(operation, -result);
  return result;
}

/**
 * Sockets that somebody else opened, as Deno's own listeners and connections. Deno offers no way to take a descriptor, so
 * one of its own gives up its place: the foreign socket is put under the same number, and registered in Deno's epoll as
 * the first one was. See docs/decisions, "Adopt sockets".
 */
import { epollEvent } from "./epoll.ts";
import { syscall } from "./syscall.ts";
import { SystemError } from "./system_error.ts";

const F_SETFL = 4;
const O_RDWR_NONBLOCK = 2 | 0o4000;
const O_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const SOL_SOCKET = 1;
const SO_DOMAIN = 39;
const AF_UNIX = 1;

/** How Deno's epoll watches a descriptor. */
interface Registration {
  epoll: number;
  events: number;
  data: bigint;
}

/** Whether the socket is a unix socket, not a TCP one. */
export function isUnixSocket(fd: number): boolean {
  const domain = new Int32Array(1);
  const bytes = new Uint8Array(domain.buffer);
  const length = new Uint8Array(Uint32Array.of(bytes.length).buffer);
  const result = syscall("getsockopt", fd, SOL_SOCKET, SO_DOMAIN, bytes, length);
  if (result < 0) throw new SystemError("SO_DOMAIN", -result);
  return domain[0] === AF_UNIX;
}

/**
 * The listener at `fd`, which is bound and listening, made of the one that `open` makes: of the same kind (TCP, TLS, unix),
 * at any address. `open` must not wait for anything. `fd` is closed
 * unless `open` throws.
 */
export function adoptListener<T extends { close(): void }>(fd: number, open: () => T): T {
  const before = new Set(sockets());
  const listener = open();
  const place = sockets().find((each) => !before.has(each));
  try {
    if (place === undefined) throw new Error("the listener that was opened has no descriptor");
    replace(place, fd);
  } catch (error) {
    listener.close();
    throw error;
  } finally {
    syscall("close", fd);
  }
  return listener;
}

/** The connected stream socket (unix or TCP) at `fd`, which is closed. Throws `SystemError`. */
export async function adoptConnection(fd: number): Promise<Deno.UnixConn> {
  const path = `\0mirrord-adopt-${crypto.randomUUID()}`;
  // Nobody accepts: the connection stands all the same, and is given up at once.
  using _listener = Deno.listen({ transport: "unix", path });
  const conn = await Deno.connect({ transport: "unix", path });
  try {
    replace(connectedTo(path), fd);
  } catch (error) {
    conn.close();
    throw error;
  } finally {
    syscall("close", fd);
  }
  return conn;
}

/** Puts `fd` in the place of a socket of Deno's. The kernel forgets the registration of the one that goes. */
function replace(place: number, fd: number): void {
  const { epoll, events, data } = registrationOf(place);
  checked("fcntl", syscall("fcntl", fd, F_SETFL, O_RDWR_NONBLOCK));
  checked("dup3", syscall("dup3", fd, place, O_CLOEXEC));
  checked("epoll_ctl", syscall("epoll_ctl", epoll, EPOLL_CTL_ADD, place, epollEvent(events, data)));
}

/** As the kernel tells it of each epoll: `tfd: 12 events: 8000201d data: 55d0c3a8 …`. */
function registrationOf(fd: number): Registration {
  const line = new RegExp(`^tfd:\\s+${fd} events:\\s+([0-9a-f]+) data:\\s+([0-9a-f]+)`, "m");
  for (const epoll of descriptors((link) => link === "anon_inode:[eventpoll]")) {
    const match = line.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${epoll}`));
    if (match) return { epoll, events: parseInt(match[1], 16), data: BigInt(`0x${match[2]}`) };
  }
  throw new Error(`descriptor ${fd} is not one that Deno waits for`);
}

function connectedTo(path: string): number {
  const name = new Uint8Array(128);
  const wanted = new TextEncoder().encode(path);
  for (const fd of sockets()) {
    const length = new Uint32Array([name.length]);
    if (syscall("getpeername", fd, name, new Uint8Array(length.buffer)) < 0) continue;
    if (length[0] === 2 + wanted.length && wanted.every((byte, index) => name[2 + index] === byte)) return fd;
  }
  throw new Error("the connection that was made has no descriptor");
}

function sockets(): number[] {
  return descriptors((link) => link.startsWith("socket:"));
}

function descriptors(matches: (link: string) => boolean): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (matches(Deno.readLinkSync(`/proc/self/fd/${name}`))) found.push(Number(name));
    } catch {
      // It was the descriptor of this very listing, or it was closed meanwhile.
    }
  }
  return found;
}

function checked(operation: string, result: number): void {
  if (result < 0) throw new SystemError(operation, -result);
}

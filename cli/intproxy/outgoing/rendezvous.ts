/**
 * Keeps a connect() of the program undecided until the agent knows its outcome, and then gives it that outcome, without
 * any thread that waits and on the program's own socket.
 *
 * The program connects to a holder's listener and stays in SYN_SENT. When the agent has connected, the proxy connects from
 * the listener's port to the program's port: both ends are in SYN_SENT then, and TCP's simultaneous open makes them one
 * connection within some 60 µs. When the agent was refused, the proxy takes a duplicate of the program's socket and lets it
 * run into a closed port; where the kernel forbids that (Yama), the connection is made and reset within the same
 * microseconds. The program learns the true errno when it asks for it (SO_ERROR), or connects again.
 */
import { isUnspecified, type SocketAddress, unmapped, withPort } from "../../system/address.ts";
import { Connection } from "../../system/connection.ts";
import { Errno } from "../../system/errno.ts";
import { SystemError } from "../../system/libc.ts";
import type { Poller } from "../../system/poller.ts";
import { type SocketLookup, TcpState } from "../../system/sock_diag.ts";
import * as socket from "../../system/socket.ts";
import type { Holder } from "./holder.ts";
import { runIntoClosedDoor, takeSocket } from "./taken_socket.ts";

/** How long the kernel may take for the simultaneous open; it needs microseconds. */
const openTimeoutMs = 2000;

export class Rendezvous {
  readonly #cookie: bigint;
  readonly #holder: Holder;
  #programAddress: SocketAddress | null = null;
  #isOver = false;

  /** `cookie` is the program's socket; `holder` was entered for it. */
  constructor(cookie: bigint, holder: Holder) {
    this.#cookie = cookie;
    this.#holder = holder;
  }

  /** Where the program connects to: an address of this machine, v4 or v6 (never v4-mapped). */
  get address(): SocketAddress {
    return this.#holder.address;
  }

  /** The program's connect() has begun, from `port`; `boundTo` is the socket's own address, if it was bound. */
  started(port: number, boundTo: SocketAddress | null): void {
    const bound = boundTo === null || isUnspecified(boundTo) ? this.address : unmapped(boundTo);
    this.#programAddress = withPort(bound, port);
  }

  /** Connects the program's socket with the returned connection. Throws `SystemError` when it is not there any more. */
  async complete(lookup: SocketLookup, poller: Poller): Promise<Connection> {
    const fd = socket.openSocket(this.address, socket.SOCK_STREAM);
    const program = this.#programAddress!;
    socket.withSocket(fd, () => {
      socket.shareAddress(fd);
      socket.bindSocket(fd, this.address);
      socket.sendAtOnce(fd);
      const code = socket.connectSocket(fd, program);
      if (code !== 0 && code !== Errno.EINPROGRESS) throw new SystemError("connect", code);
    });
    const connection = new Connection(fd, poller);
    try {
      if (!this.#isConnected(lookup)) {
        await withinTime(connection.connected());
        if (!this.#isConnected(lookup)) throw new SystemError("connect", Errno.ECONNABORTED);
      }
    } catch (error) {
      connection.reset();
      throw error;
    } finally {
      this.close();
    }
    return connection;
  }

  /** Lets the program's non-blocking connect() fail, with an errno of the kernel's own. */
  refuse(lookup: SocketLookup, pid: number): void {
    const info = this.#programAddress === null ? null : lookup.tcp(this.#programAddress, this.address);
    if (info !== null && info.cookie === this.#cookie) {
      const taken = takeSocket(pid, info.inode, this.#cookie);
      if (taken === null) this.#connectAndReset();
      else runIntoClosedDoor(taken, this.#holder.closedDoor);
    }
    this.close();
  }

  /** Without a wait in between: nobody can find the connection standing but by running at the same time. */
  #connectAndReset(): void {
    const fd = socket.openSocket(this.address, socket.SOCK_STREAM);
    socket.withSocket(fd, () => {
      socket.shareAddress(fd);
      socket.bindSocket(fd, this.address);
      socket.resetOnClose(fd);
      socket.connectSocket(fd, this.#programAddress!);
      socket.closeSocket(fd);
    });
    // Should that have missed the program, its next SYN finds nobody: the listener is closed.
    this.#holder.retire();
  }

  close(): void {
    if (!this.#isOver) this.#holder.leave();
    this.#isOver = true;
  }

  /** Whether the program's own socket, and no other that came to its port, is at the other end. */
  #isConnected(lookup: SocketLookup): boolean {
    const info = lookup.tcp(this.#programAddress!, this.address);
    return info !== null && info.state === TcpState.established && info.cookie === this.#cookie;
  }
}

async function withinTime(connected: Promise<number>): Promise<void> {
  const timeout = Promise.withResolvers<number>();
  const timer = setTimeout(() => timeout.resolve(Errno.ETIMEDOUT), openTimeoutMs);
  const code = await Promise.race([connected, timeout.promise]);
  clearTimeout(timer);
  if (code !== 0) throw new SystemError("connect", code);
}

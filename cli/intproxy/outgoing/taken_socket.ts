/** The program's own sockets, acted upon in its place. */
import type { SocketAddress } from "../../system/address.ts";
import { findSocketDescriptor, ProcessHandle } from "../../system/process_handle.ts";
import * as socket from "../../system/socket.ts";

/** A duplicate of the socket, from process `pid` or one below it (a supervisor's program); null when it may not be had. */
export function takeSocket(pid: number, inode: bigint, cookie: bigint): number | null {
  const found = findSocketDescriptor(pid, inode);
  if (found === null) return null;
  let process;
  try {
    process = new ProcessHandle(found.pid);
    const taken = process.takeDescriptor(found.fd);
    if (taken === null || socket.socketCookie(taken) === cookie) return taken;
    socket.closeSocket(taken);
  } catch {
    // It has ended meanwhile.
  } finally {
    process?.close();
  }
  return null;
}

/** Lets a socket that is connecting fail at `door`, where nobody listens. Closes our duplicate of it. */
export function runIntoClosedDoor(taken: number, door: SocketAddress): void {
  if (socket.disconnectSocket(taken) === 0) socket.connectSocket(taken, door);
  socket.closeSocket(taken);
}

/** Lets a connected datagram socket, whose peer is closed just now, learn that it is. Closes our duplicate of it. */
export function knockAtClosedDoor(taken: number): void {
  socket.sendNothing(taken);
  socket.closeSocket(taken);
}

/** TCP connections from the target's network. */
import type { Stream } from "../../protocol/link/stream.ts";
import { findDescriptor, resetConnection } from "../system/socket.ts";
import { formatHost, type InternetAddress, portOf } from "../system/socket_address.ts";
import { relay } from "../relay.ts";
import { addressOfEnd, type SocketAddress } from "./address.ts";

/** A connection that stands. `serve` carries its bytes until both directions have ended, and closes it. */
export interface Connection {
  local: SocketAddress;
  peer: SocketAddress;
  serve(stream: Stream): Promise<void>;
}

/** Throws Deno's error with the true errno, or when `signal` gives the attempt up. */
export async function connectTcp(destination: InternetAddress, signal: AbortSignal): Promise<Connection> {
  const conn = await Deno.connect({
    hostname: formatHost(destination),
    port: portOf(destination),
    autoSelectFamily: false,
    signal,
  });
  conn.setNoDelay(true);
  const local = addressOfEnd(conn.localAddr);
  const peer = addressOfEnd(conn.remoteAddr);
  return { local, peer, serve: (stream) => serve(conn, stream, local, peer) };
}

async function serve(conn: Deno.TcpConn, stream: Stream, local: InternetAddress, peer: InternetAddress) {
  let open = true;
  const close = () => {
    if (open) conn.close();
    open = false;
  };
  await relay(conn, stream, () => {
    // The peer must not take a broken connection for one that ended.
    const fd = open ? findDescriptor(local, peer) : null;
    if (fd !== null) resetConnection(fd);
    close();
  });
  close();
}

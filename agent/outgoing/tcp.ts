/** TCP connections from the target's network. */
import type { Stream } from "../../protocol/link/stream.ts";
import type { Incoming } from "../incoming/mod.ts";
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

/**
 * Throws Deno's error with the true errno, or when `signal` gives the attempt up. A port that is stolen from the target is
 * reached there all the same: the program asks for the target's own service.
 */
export async function connectTcp(
  incoming: Incoming,
  destination: InternetAddress,
  signal: AbortSignal,
): Promise<Connection> {
  const past = await incoming.dial(destination, signal);
  if (past !== null) {
    const { connection, local } = past;
    const serve = (stream: Stream) =>
      relay(connection, stream, () => connection.abort()).then(() => connection.close());
    return { local, peer: destination, serve };
  }
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

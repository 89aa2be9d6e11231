/** Brings one connection of the target to the program's listener. */
import type { Stream } from "../../../protocol/link/mod.ts";
import {
  isUnspecified,
  loopbackV4,
  loopbackV6,
  portOf,
  type SocketAddress,
  unmapped,
  withPort,
} from "../../system/address.ts";
import { Connection } from "../../system/connection.ts";
import { Errno } from "../../system/errno.ts";
import { SystemError } from "../../system/libc.ts";
import type { Poller } from "../../system/poller.ts";
import * as socket from "../../system/socket.ts";
import type { IncomingHeader } from "../agent_link.ts";
import { errnoOf } from "../errno_of.ts";
import type { Log } from "../log.ts";
import { relay } from "../relay.ts";
import { replay } from "./mirror.ts";
import type { OwnSocket } from "./listeners.ts";
import type { Sources } from "./sources.ts";

const modeMirror = 1;

export interface DeliveryParts {
  poller: Poller;
  sources: Sources;
  log: Log;
}

/** Carries the connection until it is over. Never rejects. */
export async function deliver(
  stream: Stream,
  header: IncomingHeader,
  listener: OwnSocket,
  parts: DeliveryParts,
): Promise<void> {
  // The program believes to listen at the requested port, which a mapping may make another than the target's.
  const destination = withPort(header.destination, portOf(listener.requested) || portOf(listener.actual));
  let forget = () => {};
  try {
    const connection = await connectTo(listener.actual, header.source, parts.poller, (own, peer) => {
      forget();
      forget = parts.sources.add(own, peer, { source: header.source, destination });
    });
    if (header.mode === modeMirror) await replay(stream, connection, parts.log);
    else await relay(connection, stream);
  } catch (error) {
    parts.log.debug(`a connection was not delivered to the program: ${error}`);
    stream.reset(errnoOf(error), "the program does not accept the connection");
  } finally {
    forget();
  }
}

/**
 * Connects to a listener. `onStarted` learns both ends before the program can: the system call returns first, and nothing
 * else runs in between. Throws `SystemError`.
 */
async function connectTo(
  listener: SocketAddress,
  source: SocketAddress,
  poller: Poller,
  onStarted: (own: SocketAddress, peer: SocketAddress) => void,
): Promise<Connection> {
  let failure: unknown = null;
  for (const address of reachable(listener, source)) {
    const fd = socket.openSocket(address, socket.SOCK_STREAM);
    try {
      const code = socket.connectSocket(fd, address);
      if (code !== 0 && code !== Errno.EINPROGRESS) throw new SystemError("connect", code);
      onStarted(socket.localAddress(fd), address);
      socket.sendAtOnce(fd);
    } catch (error) {
      socket.closeSocket(fd);
      failure = error;
      continue;
    }
    const connection = new Connection(fd, poller);
    const code = await connection.connected();
    if (code === 0) return connection;
    connection.close();
    failure = new SystemError("connect", code);
  }
  throw failure;
}

/** Where a listener at this address can be reached, best first. */
function reachable(listener: SocketAddress, source: SocketAddress): SocketAddress[] {
  const plain = unmapped(listener);
  if (!isUnspecified(plain)) return [plain];
  const port = portOf(plain);
  const v4: SocketAddress = { v4: { address: loopbackV4, port } };
  if ("v4" in plain) return [v4];
  const v6: SocketAddress = { v6: { address: loopbackV6, port, scope: 0 } };
  return "v4" in unmapped(source) ? [v4, v6] : [v6, v4];
}

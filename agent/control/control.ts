/** The socket that clients' tunnels come to, and who may reach it how. */
import { connTunnel, type Tunnel } from "../../protocol/link/mod.ts";
import { log } from "../log.ts";
import type { Settings } from "../settings.ts";
import { StartError } from "../start_error.ts";
import { adoptListener, isUnixSocket } from "../system/adopt.ts";
import { localAddressOf, sendAtOnce } from "../system/socket.ts";
import { formatHost } from "../system/socket_address.ts";

export interface Control {
  close(): void;
}

/** After an error of one connection, or of want of descriptors. */
const acceptRetryMs = 100;

/** Serves the listener `fd`. Throws `StartError` when it would carry tokens in the clear between machines. */
export function openControl(
  fd: number,
  { tls, isInsecure }: Pick<Settings, "tls" | "isInsecure">,
  onTunnel: (tunnel: Tunnel) => void,
): Control {
  const isUnix = isUnixSocket(fd);
  if (tls === null && !isUnix && isReachableFromOutside(fd)) warnOfClearText(isInsecure);
  if (!isUnix) sendAtOnce(fd);
  const listener = adoptListener<Deno.Listener>(fd, () => {
    if (tls !== null) return listenTls(tls);
    if (isUnix) return Deno.listen({ transport: "unix", path: `\0mirrord-control-${crypto.randomUUID()}` });
    return Deno.listen({ hostname: "127.0.0.1", port: 0 });
  });
  let open = true;
  void acceptAll(listener, onTunnel, () => open);
  return {
    close() {
      open = false;
      listener.close();
    },
  };
}

async function acceptAll(listener: Deno.Listener, onTunnel: (tunnel: Tunnel) => void, isOpen: () => boolean) {
  while (isOpen()) {
    try {
      onTunnel(connTunnel(await listener.accept()));
    } catch (error) {
      if (!isOpen()) return;
      log.warn(`a connection could not be accepted: ${error}`);
      await new Promise((resolve) => setTimeout(resolve, acceptRetryMs));
    }
  }
}

function listenTls({ cert, key }: NonNullable<Settings["tls"]>): Deno.TlsListener {
  try {
    return Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  } catch (error) {
    throw new StartError(`the TLS certificate cannot be used: ${error instanceof Error ? error.message : error}`);
  }
}

function isReachableFromOutside(fd: number): boolean {
  return !/^(127\.|0:0:0:0:0:0:0:1$)/.test(formatHost(localAddressOf(fd)));
}

function warnOfClearText(isInsecure: boolean): void {
  if (!isInsecure) {
    throw new StartError(
      "other machines can reach this address, and without TLS the token could be read on the way: give --tls-cert and " +
        "--tls-key, listen on 127.0.0.1, or say --insecure where the network itself is safe",
    );
  }
  log.warn("serving other machines without TLS");
}

/** The socket that clients' tunnels come to, and who may reach it how. */
import type { Server } from "node:net";
import type { Tunnel } from "../../protocol/link/mod.ts";
import { logLine } from "../log.ts";
import type { Settings } from "../settings.ts";
import { StartError } from "../start_error.ts";
import { listenAt } from "./socket_tunnel.ts";

/** Serves the listener `fd`. Throws `StartError` when it would carry tokens in the clear between machines. */
export async function openControl(
  fd: number,
  { tls, isInsecure }: Pick<Settings, "tls" | "isInsecure">,
  onTunnel: (tunnel: Tunnel) => void,
): Promise<Server> {
  // Imported only when it is wanted: it takes memory and time, and most agents are reached through a port-forward.
  const secured = tls === null ? null : (await import("./secure_tunnel.ts")).tlsServer(tls);
  const server = await listenAt(fd, (tunnel) => onTunnel(secured === null ? tunnel : secured(tunnel)));
  if (secured === null && isReachableFromOutside(server)) {
    if (!isInsecure) {
      server.close();
      throw new StartError(
        "other machines can reach this address, and without TLS the token could be read on the way: give --tls-cert and " +
          "--tls-key, listen on 127.0.0.1, or say --insecure where the network itself is safe",
      );
    }
    logLine("serving other machines without TLS");
  }
  return server;
}

function isReachableFromOutside(server: Server): boolean {
  const address = server.address();
  return address !== null && typeof address === "object" && address.address !== undefined &&
    !/^(127\.|::1$|::ffff:127\.)/.test(address.address);
}

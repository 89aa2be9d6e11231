/** `connect_tcp`: an agent that runs already and can be reached directly. */
import { connTunnel, type Tunnel } from "../../protocol/link/tunnel.ts";
import { MirrordError } from "../error.ts";
import type { TargetConnection, TargetOptions } from "./connection.ts";

export interface TcpAddress {
  hostname: string;
  port: number;
  /** Null for a connection in the clear. */
  tls: { serverName: string; caFile: string | null } | null;
}

const tokenVariable = "MIRRORD_AGENT_TOKEN";

export async function openTcpTarget({ config, progress }: TargetOptions): Promise<TargetConnection> {
  const settings = config.connect_tcp;
  const { hostname, port } = parseAddress(settings.address!);
  const tls = settings.tls ? { serverName: settings.server_name ?? hostname, caFile: settings.ca_file } : null;
  const address: TcpAddress = { hostname, port, tls };
  const token = await readToken(settings.token_file);
  const task = progress.task(`connecting to the agent at ${settings.address}`);
  // Tells a wrong address or certificate now, in words, rather than later as a session that doesn't come about.
  const probe = await dialTcp(address).catch((error) => {
    task.failed();
    throw error;
  });
  probe.close();
  task.done();
  return {
    token,
    dial: () => dialTcp(address),
    describe: () => `the agent at ${settings.address}`,
    endInfo: () => ({ kind: "tcp", address }),
    // Nothing but the connection itself tells what happens there.
    watch: () => {},
    close: () => Promise.resolve(),
  };
}

/** @throws {MirrordError} */
export async function dialTcp({ hostname, port, tls }: TcpAddress): Promise<Tunnel> {
  const where = `${hostname}:${port}`;
  const conn = await Deno.connect({ hostname, port }).catch((cause) => {
    throw new MirrordError(`no connection to the agent at ${where}`, { cause, help: "Is the agent running there?" });
  });
  if (tls === null) return connTunnel(conn);
  // A TLS connection can't be told any more.
  conn.setNoDelay(true);
  let secured: Deno.TlsConn | null = null;
  try {
    const caCerts = tls.caFile === null ? undefined : [await Deno.readTextFile(tls.caFile)];
    secured = await Deno.startTls(conn, { hostname: tls.serverName, caCerts });
    await secured.handshake();
    return connTunnel(secured);
  } catch (cause) {
    connTunnel(secured ?? conn).close();
    throw new MirrordError(`no TLS connection to the agent at ${where} as ${tls.serverName}`, {
      cause,
      help: "Name the certificates to trust in connect_tcp.ca_file, and the name in the agent's certificate in " +
        "connect_tcp.server_name. An agent that was started without TLS wants connect_tcp.tls = false.",
    });
  }
}

/** `HOST:PORT`, `[IPv6]:PORT`. */
export function parseAddress(text: string): { hostname: string; port: number } {
  const match = text.match(/^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/);
  const port = Number(match?.[3]);
  if (match === null || port === 0 || port > 65535) {
    throw new MirrordError(`connect_tcp.address is not HOST:PORT: ${text}`);
  }
  return { hostname: match[1] ?? match[2]!, port };
}

async function readToken(file: string | null): Promise<Uint8Array> {
  const help =
    `The token's text goes into the file named by connect_tcp.token_file, or into the variable ${tokenVariable}; ` +
    "it is the one that the agent was started with.";
  const text = file === null ? Deno.env.get(tokenVariable) : await Deno.readTextFile(file).catch((cause) => {
    throw new MirrordError(`the agent's token could not be read from ${file}`, { cause, help });
  });
  const token = text?.trim() ?? "";
  if (token === "") throw new MirrordError("the token of the agent to join is missing", { help });
  return new TextEncoder().encode(token);
}

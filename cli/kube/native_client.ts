/** Requests by `fetch`, and upgraded connections by Deno's TLS: the ordinary case, with nothing to import. */
import { connTunnel, type Tunnel } from "../../protocol/link/tunnel.ts";
import { sendConnectionAtOnce } from "../system/own_connection.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type HttpClient,
  type UpgradedConnection,
  upgradeHeaders,
  UpgradeRefused,
} from "./api_server.ts";
import type { Credentials } from "./credentials.ts";

const headBytesMax = 64 * 1024;

export class NativeClient implements HttpClient {
  readonly #credentials: Credentials;
  readonly #client: Deno.HttpClient;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    this.#client = Deno.createHttpClient(tlsOptions(credentials));
  }

  async request({ method, path, body, contentType, signal }: ApiRequest): Promise<ApiResponse> {
    const headers = { ...this.#credentials.headers, ...(contentType && { "Content-Type": contentType }) };
    const init = { method, headers, body, signal, client: this.#client };
    const response = await fetch(`${this.#credentials.server}${path}`, init);
    return {
      status: response.status,
      text: () => response.text(),
      body: response.body ?? new ReadableStream({ start: (controller) => controller.close() }),
    };
  }

  close(): void {
    this.#client.close();
  }
}

/** Asks for the upgrade on a connection of its own. */
export async function connectNatively(
  credentials: Credentials,
  path: string,
  protocols: readonly string[],
): Promise<UpgradedConnection> {
  const url = new URL(credentials.server + path);
  const address = { hostname: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 443) };
  // HTTP/2 has no upgrade.
  const conn = await Deno.connectTls({ ...address, alpnProtocols: ["http/1.1"], ...tlsOptions(credentials) });
  sendConnectionAtOnce(conn);
  const carrier = connTunnel(conn);
  try {
    const headers = { Host: url.host, ...credentials.headers, ...upgradeHeaders(protocols) };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await carrier.write(new TextEncoder().encode(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`));
    return { carrier, ...await readResponseHead(carrier) };
  } catch (error) {
    carrier.close();
    throw error;
  }
}

function tlsOptions({ authority, clientCertificate }: Credentials) {
  return {
    caCerts: authority === null ? undefined : [authority],
    ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
  };
}

/** Returns what follows the head; throws `UpgradeRefused` with the body unless the status is 101. */
async function readResponseHead(carrier: Tunnel): Promise<Omit<UpgradedConnection, "carrier">> {
  const buffer = new Uint8Array(headBytesMax);
  const decoder = new TextDecoder("latin1");
  let length = 0;
  while (length < buffer.length) {
    const count = await carrier.read(buffer.subarray(length));
    if (count === null) throw new Error("the API server closed the connection instead of upgrading it");
    length += count;
    const text = decoder.decode(buffer.subarray(0, length));
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const status = Number(text.split(" ", 2)[1]);
    if (status === 101) {
      const protocol = text.match(/^sec-websocket-protocol: *(\S+)/im)?.[1] ?? "";
      return { head: buffer.slice(end + 4, length), protocol };
    }
    throw new UpgradeRefused(status, await readRest(carrier, text.slice(0, end), text.slice(end + 4)));
  }
  throw new Error("the API server's answer to an upgrade is too long");
}

/** The rest of an error's body, as far as it says how long it is. */
async function readRest(carrier: Tunnel, head: string, body: string): Promise<string> {
  const expected = Math.min(Number(head.match(/^content-length: *(\d+)/im)?.[1] ?? 0), headBytesMax);
  const buffer = new Uint8Array(4096);
  while (body.length < expected) {
    const count = await carrier.read(buffer);
    if (count === null) break;
    body += new TextDecoder("latin1").decode(buffer.subarray(0, count));
  }
  return body;
}

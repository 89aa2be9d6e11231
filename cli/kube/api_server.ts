/** The two ways to speak with the API server: requests, and connections that are upgraded to a WebSocket. */
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import { connectNatively, NativeClient } from "./native_client.ts";

export interface ApiRequest {
  method: string;
  /** With its query. */
  path: string;
  body?: string;
  contentType?: string;
  signal?: AbortSignal;
}

export interface ApiResponse {
  status: number;
  text(): Promise<string>;
  /** The body as it comes, for watches and logs. */
  body: AsyncIterable<Uint8Array>;
}

/** Makes requests with one set of credentials. */
export interface HttpClient {
  request(request: ApiRequest): Promise<ApiResponse>;
  close(): void;
}

/** A connection after the server's 101; `head` was read too far. */
export interface UpgradedConnection {
  carrier: Tunnel;
  head: Uint8Array;
  /** Which of the protocols that were offered the server has chosen. */
  protocol: string;
}

/** The server answered an upgrade with an ordinary response. */
export class UpgradeRefused extends Error {
  override name = "UpgradeRefused";
  constructor(readonly status: number, readonly body: string) {
    super(`the API server answered with status ${status}: ${body.slice(0, 500)}`);
  }
}

/** Credentials are asked for at each call, and a client kept for as long as they stay the same. */
export class ApiServer {
  readonly #source: CredentialSource;
  #client: { key: string; client: Promise<HttpClient> } | null = null;

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  credentials(): Promise<Credentials> {
    return this.#source();
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const credentials = await this.#source();
    return await (await this.#clientFor(credentials)).request(request);
  }

  /** Opens a WebSocket's connection, best protocol first. Rejects with `UpgradeRefused`, or with what the network says. */
  async upgrade(path: string, protocols: readonly string[]): Promise<UpgradedConnection> {
    const credentials = await this.#source();
    if (credentials.nodeOptions === null) return await connectNatively(credentials, path, protocols);
    return await (await import("./node_client.ts")).connectByNode(credentials, path, protocols);
  }

  close(): void {
    this.#client?.client.then((client) => client.close());
    this.#client = null;
  }

  #clientFor(credentials: Credentials): Promise<HttpClient> {
    const { server, authority, clientCertificate, headers } = credentials;
    const key = JSON.stringify([server, authority, clientCertificate, headers]);
    if (this.#client?.key !== key) {
      this.close();
      this.#client = { key, client: makeClient(credentials) };
    }
    return this.#client.client;
  }
}

async function makeClient(credentials: Credentials): Promise<HttpClient> {
  if (credentials.nodeOptions === null) return new NativeClient(credentials);
  return new (await import("./node_client.ts")).NodeClient(credentials);
}

/** The head of the request that upgrades a connection, without its end. */
export function upgradeHeaders(protocols: readonly string[]): Record<string, string> {
  return {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": crypto.getRandomValues(new Uint8Array(16)).toBase64(),
    "Sec-WebSocket-Protocol": protocols.join(", "),
  };
}

/** Requests and upgraded connections by `node:https`, which can go through proxies and accept any certificate. */
import type { IncomingMessage, RequestOptions } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { readerOfPieces, type Tunnel } from "../../protocol/link/tunnel.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type HttpClient,
  type UpgradedConnection,
  upgradeHeaders,
  UpgradeRefused,
} from "./api_server.ts";
import type { Credentials } from "./credentials.ts";

export class NodeClient implements HttpClient {
  readonly #credentials: Credentials;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  request({ method, path, body, contentType, signal }: ApiRequest): Promise<ApiResponse> {
    const headers: Record<string, string> = contentType === undefined ? {} : { "Content-Type": contentType };
    return new Promise((resolve, reject) => {
      const request = https.request(new URL(this.#credentials.server + path), {
        ...options(this.#credentials, headers),
        method,
        signal,
      });
      request.on("error", reject);
      request.on("response", (response) => {
        const status = response.statusCode ?? 0;
        resolve({ status, text: () => textOf(response), body: response });
      });
      request.end(body);
    });
  }

  /** Connections belong to the library's agent. */
  close(): void {}
}

export function connectByNode(
  credentials: Credentials,
  path: string,
  protocols: readonly string[],
): Promise<UpgradedConnection> {
  return new Promise((resolve, reject) => {
    const url = new URL(credentials.server + path);
    const request = https.request(url, options(credentials, upgradeHeaders(protocols)));
    request.setNoDelay(true);
    request.on("error", reject);
    request.on("upgrade", ({ headers }, socket, head) => {
      resolve({ carrier: socketTunnel(socket), head, protocol: headers["sec-websocket-protocol"] ?? "" });
    });
    request.on("response", (response) => {
      textOf(response).then((text) => reject(new UpgradeRefused(response.statusCode ?? 0, text)), reject);
    });
    request.end();
  });
}

function options({ nodeOptions, headers }: Credentials, further: Record<string, string>): RequestOptions {
  return { ...nodeOptions, headers: { ...headers, ...further } };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return await new Blob(chunks as BlobPart[]).text();
}

function socketTunnel(socket: Duplex): Tunnel {
  const chunks = socket.iterator({ destroyOnReturn: true });
  return {
    read: readerOfPieces(async () => {
      const { value, done } = await chunks.next();
      return done ? null : value;
    }),
    write: (bytes) =>
      new Promise((resolve, reject) => socket.write(bytes, (error) => error ? reject(error) : resolve())),
    close: () => void socket.destroy(),
  };
}

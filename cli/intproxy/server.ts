/**
 * The layer side: an abstract unix socket on which each process of the session has a few connections. A connection shows
 * the session's secret first; then it carries one exchange at a time.
 */
import { decode, encode, type Infer, type Schema } from "../../protocol/schema.ts";
import { JoinReply, Request } from "../../protocol/layer/messages.ts";
import { accepted } from "../system/accepted.ts";
import { Handover } from "../system/handover.ts";
import type { Descriptor } from "../system/open_again.ts";
import { type ByteCarrier, frameOf, FrameReader, writeFrame } from "./frames.ts";
import type { Log } from "./log.ts";

export type LayerRequest = Infer<typeof Request>;
export type RequestKind = LayerRequest extends infer Each ? Each extends unknown ? keyof Each : never : never;
export type RequestBody<Kind extends RequestKind> = Extract<LayerRequest, Record<Kind, unknown>>[Kind];

/** Who is at the other end of a connection. */
export interface Layer {
  pid: number;
  /** 0 preload, 1 supervisor. */
  door: number;
  program: string;
  /** Resolves when this connection has ended. */
  closed: Promise<void>;
}

/** What an exchange brings: the encoded reply, if there is one, and an open file of ours that the layer gets with it. */
export interface Answer {
  reply: Uint8Array | null;
  descriptor?: Descriptor;
}

/** An answer that is one value of `schema`. */
export function answer<T>(schema: Schema<T>, value: T): Answer {
  return { reply: encode(schema, value) };
}

export interface LayerServerOptions {
  /** Name of the socket without the leading NUL. */
  name: string;
  /** 16 bytes. */
  secret: Uint8Array;
  handle(request: LayerRequest, layer: Layer): Promise<Answer> | Answer;
  /** A connection of this process has joined. */
  onJoined(layer: Layer): void;
  /** The number of joined connections has changed. */
  onCount(connections: number): void;
  log: Log;
}

/** Anybody on this machine may connect: whoever does not show the secret by then is disconnected. */
const joinTimeoutMs = 5000;

export class LayerServer {
  readonly #options: LayerServerOptions;
  readonly #listener: Deno.UnixListener;
  readonly #connections = new Set<Deno.UnixConn>();
  readonly #handover = new Handover();
  #joined = 0;

  constructor(options: LayerServerOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ transport: "unix", path: `\0${options.name}` });
    this.#accept();
  }

  /** Connections that have joined and are open. */
  get count(): number {
    return this.#joined;
  }

  /** Closes the socket and every connection. */
  close(): void {
    this.#listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
  }

  async #accept(): Promise<void> {
    const { log } = this.#options;
    const onFailure = (error: unknown) => log.warn(`a layer's connection could not be accepted: ${error}`);
    for await (const connection of accepted(this.#listener, onFailure)) {
      this.#connections.add(connection);
      this.#serve(connection)
        .catch((error) => log.debug(`a layer's connection has ended: ${error}`))
        .finally(() => {
          this.#connections.delete(connection);
          closeQuietly(connection);
        });
    }
  }

  async #serve(connection: Deno.UnixConn): Promise<void> {
    const reader = new FrameReader(connection);
    const ended = Promise.withResolvers<void>();
    const timer = setTimeout(() => closeQuietly(connection), joinTimeoutMs);
    const layer = await this.#join(connection, reader, ended.promise).finally(() => clearTimeout(timer));
    if (layer === null) return;
    this.#options.onJoined(layer);
    this.#options.onCount(++this.#joined);
    try {
      for (let body; (body = await reader.next()) !== null;) await this.#exchange(connection, body, layer);
    } finally {
      ended.resolve();
      this.#options.onCount(--this.#joined);
    }
  }

  async #join(connection: ByteCarrier, reader: FrameReader, closed: Promise<void>): Promise<Layer | null> {
    const body = await reader.next();
    const request = body === null ? null : decode(Request, body);
    if (request === null || !("join" in request) || !areEqual(request.join.secret, this.#options.secret)) return null;
    await writeFrame(connection, encode(JoinReply, { accepted: true }));
    const program = new TextDecoder().decode(request.join.program);
    return { pid: request.join.pid, door: request.join.door, program, closed };
  }

  async #exchange(connection: Deno.UnixConn, body: Uint8Array, layer: Layer): Promise<void> {
    const outcome = this.#options.handle(decode(Request, body), layer);
    // A microtask saved on the way of every answer that needs no waiting.
    const { reply, descriptor } = outcome instanceof Promise ? await outcome : outcome;
    if (reply === null) return;
    if (descriptor === undefined) await writeFrame(connection, reply);
    else await this.#handover.send((connection.remoteAddr as Deno.UnixAddr).path, frameOf(reply), descriptor);
  }
}

/** Compares in a time that tells nothing of the place of the first difference. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a[index] ^ b[index];
  return difference === 0;
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed by its peer's end already.
  }
}

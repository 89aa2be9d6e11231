/** A scripted layer: speaks its protocol and makes real system calls, as the one in a program does. */
import { decode, encode, type Infer, type Schema } from "../../protocol/schema.ts";
import { JoinReply, replies, Request } from "../../protocol/layer/messages.ts";
import { type ByteCarrier, FrameReader, writeFrame } from "../../cli/intproxy/frames.ts";
import { portOf, type SocketAddress } from "../../cli/system/address.ts";
import * as socket from "../../cli/system/socket.ts";

type Requests = Infer<typeof Request>;
type Kind = Exclude<keyof typeof replies, "log">;
type Body<K extends Kind> = Extract<Requests, Record<K, unknown>>[K];

type Carrier = ByteCarrier & { close(): void };

export class LayerClient {
  readonly #connection: Carrier;
  readonly #reader: FrameReader;

  private constructor(connection: Carrier) {
    this.#connection = connection;
    this.#reader = new FrameReader(connection);
  }

  /** Joins; null when the proxy does not accept the secret. */
  static async join(connection: Carrier, secret: Uint8Array, pid = Deno.pid): Promise<LayerClient | null> {
    const layer = new LayerClient(connection);
    const program = new TextEncoder().encode("test");
    await writeFrame(layer.#connection, encode(Request, { join: { secret, pid, door: 0, program } }));
    const reply = await layer.#reader.next().catch(() => null);
    if (reply === null) {
      layer.close();
      return null;
    }
    decode(JoinReply, reply);
    return layer;
  }

  async ask<K extends Kind>(kind: K, body: Body<K>): Promise<Infer<typeof replies[K]>> {
    await this.send(kind, body);
    return await this.answer(kind);
  }

  /** The reply to what was sent before. */
  answer<K extends Kind>(kind: K): Promise<Infer<typeof replies[K]>> {
    return this.#receive(replies[kind] as Schema<Infer<typeof replies[K]>>);
  }

  /** For what has no reply, or one that is waited for later. */
  send<K extends keyof typeof replies>(kind: K, body: Extract<Requests, Record<K, unknown>>[K]): Promise<void> {
    return writeFrame(this.#connection, encode(Request, { [kind]: body } as unknown as Requests));
  }

  /** What connect() does in a program, on a socket of ours; with `wait` as on a blocking one. */
  async connect(destination: SocketAddress, options: { wait: boolean; boundTo?: SocketAddress }) {
    const fd = socket.openSocket(destination, socket.SOCK_STREAM);
    if (options.boundTo !== undefined) socket.bindSocket(fd, options.boundTo);
    const cookie = socket.socketCookie(fd);
    const body = { cookie, socketType: socket.SOCK_STREAM, destination, boundTo: options.boundTo ?? null };
    const reply = await this.ask("connect", body);
    if (!("remote" in reply)) return { fd, cookie, reply, errno: null };
    socket.connectSocket(fd, reply.remote.address);
    const started = { id: reply.remote.id, localPort: portOf(socket.localAddress(fd)), wait: options.wait };
    if (!options.wait) {
      await this.send("connectStarted", started);
      return { fd, cookie, reply, errno: null };
    }
    const { errno } = await this.ask("connectStarted", started);
    if (errno !== 0) {
      socket.disconnectSocket(fd);
      socket.takeError(fd); // the ECONNRESET that disconnecting leaves
    }
    return { fd, cookie, reply, errno };
  }

  /** Writes raw bytes; whether the proxy then ends the connection without an answer. */
  async endsAfter(bytes: Uint8Array): Promise<boolean> {
    await this.#connection.write(bytes);
    const answer = await this.#reader.next().catch(() => null);
    this.close();
    return answer === null;
  }

  close(): void {
    this.#connection.close();
  }

  async #receive<T>(schema: Schema<T>): Promise<T> {
    const body = await this.#reader.next();
    if (body === null) throw new Error("the proxy closed the connection");
    return decode(schema, body);
  }
}

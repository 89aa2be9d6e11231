/** The internal proxy's side of incoming traffic, and programs for it to reach. */
import assert from "node:assert/strict";
import { ConnectReply, Incoming, Request, SubscribeReply } from "../../protocol/agent/messages.ts";
import {
  connectSession,
  connTunnel,
  readMessage,
  type Session,
  type Stream,
  type Tunnel,
} from "../../protocol/link/mod.ts";
import { decode, encode, type Infer } from "../../protocol/schema.ts";
import { parseAddress } from "../../agent/system/socket_address.ts";
import { TOKEN } from "./incoming_token.ts";

export const MIRROR = 1;
export const STEAL = 2;
export type Header = Infer<typeof Incoming>;

/** Answers a connection that came in; mirrored ones are lossy streams. */
export type LocalProgram = (stream: Stream, header: Header) => Promise<void>;

export class TestSession {
  readonly #tunnels = new Set<Tunnel>();
  #gate = Promise.withResolvers<void>();
  session!: Session;

  /** `path`: the agent's socket. */
  static async connect(path: string, holder: string, program: LocalProgram, leaseMs?: number): Promise<TestSession> {
    const self = new TestSession();
    self.#gate.resolve();
    const dial = async () => {
      await self.#gate.promise;
      const tunnel = connTunnel(await Deno.connect({ transport: "unix", path }));
      self.#tunnels.add(tunnel);
      return tunnel;
    };
    self.session = await connectSession({ dial, token: TOKEN, holder, leaseMs });
    self.session.onStream = (stream) => {
      program(stream, decode(Incoming, stream.header)).catch(() => stream.reset(0));
    };
    return self;
  }

  /** Asks for a port; the subscription lives until its stream ends. */
  async subscribe(port: number, mode: number): Promise<{ stream: Stream; reply: Infer<typeof SubscribeReply> }> {
    const stream = this.session.open(encode(Request, { subscribe: { port, mode } }));
    const reply = await readMessage(stream, SubscribeReply);
    return { stream, reply };
  }

  async steal(port: number): Promise<Stream> {
    const { stream, reply } = await this.subscribe(port, STEAL);
    assert.ok("ok" in reply, JSON.stringify(reply));
    return stream;
  }

  async mirror(port: number): Promise<Stream> {
    const { stream, reply } = await this.subscribe(port, MIRROR);
    assert.ok("ok" in reply, JSON.stringify(reply));
    return stream;
  }

  /** A connection that the program makes from the target's network. */
  async dial(host: string, port: number): Promise<{ stream: Stream; reply: Infer<typeof ConnectReply> }> {
    const destination = parseAddress(host, port);
    const stream = this.session.open(encode(Request, { connect: { socketType: 1, destination } }));
    const reply = await readMessage(stream, ConnectReply);
    return { stream, reply };
  }

  /** Cuts the tunnel, and keeps new ones from being made until `mend`. */
  cut(): void {
    this.#gate = Promise.withResolvers<void>();
    for (const tunnel of this.#tunnels) tunnel.close();
    this.#tunnels.clear();
  }

  mend(): void {
    this.#gate.resolve();
  }

  async end(): Promise<void> {
    this.mend();
    await this.session.end("the test is over");
    for (const tunnel of this.#tunnels) tunnel.close();
  }
}

/** A program that answers each line with `NAME LINE`, as the target's does. */
export function lineProgram(name: string): LocalProgram {
  return async (stream) => {
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    let text = "";
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
      text += decoder.decode(bytes, { stream: true });
      const lines = text.split("\n");
      text = lines.pop()!;
      for (const line of lines) await stream.write(encoder.encode(`${name} ${line}\n`));
    }
    await stream.end();
  };
}

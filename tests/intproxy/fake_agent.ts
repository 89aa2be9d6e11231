/** An agent without a target, for tests of the proxy: answers as it is told, over the real link in memory. */
import { decode, encode, type Infer, type Schema } from "../../protocol/schema.ts";
import { Incoming, replies, Request } from "../../protocol/agent/messages.ts";
import {
  connectSession,
  connTunnel,
  type Session,
  SessionServer,
  type Stream,
  type Tunnel,
  writeMessage,
} from "../../protocol/link/mod.ts";
import { memoryTunnels } from "../../protocol/link/memory_tunnel.ts";

type Requests = Infer<typeof Request>;
type Kind = keyof typeof replies;
type Body<K extends Kind> = Extract<Requests, Record<K, unknown>>[K];
type Reply<K extends Kind> = Infer<typeof replies[K]>;

/** What the agent does about a kind of request; `reply` sends the reply, more may follow on the stream. */
export type Behaviour = {
  [K in Kind]?: (body: Body<K>, reply: (value: Reply<K>) => Promise<void>, stream: Stream) => Promise<void> | void;
};

/** What clients of the fake agent must know. */
export const fakeToken = "a token of the tests";
const token = new TextEncoder().encode(fakeToken);

export class FakeAgent {
  /** Every request that came, in order. */
  readonly requests: Requests[] = [];
  readonly behaviour: Behaviour;
  /** So many tunnels that come to the port are closed at once. */
  tunnelsToBreak = 0;
  #server!: SessionServer;
  #session: Session | null = null;
  #tunnels: Tunnel[] = [];

  private constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
  }

  static async create(behaviour: Behaviour): Promise<FakeAgent> {
    const agent = new FakeAgent(behaviour);
    await agent.restart();
    return agent;
  }

  /** Makes a session as the proxy does. */
  connect(): Promise<Session> {
    return connectSession({ dial: () => this.#dial(), token, holder: "tester@here" });
  }

  /** Serves tunnels that come to a port of the loopback address, too. */
  listen(): { port: number; close(): void } {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accept = async () => {
      for await (const conn of listener) {
        const tunnel = connTunnel(conn);
        if (this.tunnelsToBreak-- > 0) {
          tunnel.close();
          continue;
        }
        this.#tunnels.push(tunnel);
        this.#server.accept(tunnel);
      }
    };
    accept();
    return { port: listener.addr.port, close: () => listener.close() };
  }

  /** Says end to the proxy. */
  endSession(reason: string): Promise<void> {
    return this.#session!.end(reason);
  }

  /** Resolves when the proxy's session has ended, with the reason. */
  async ended(): Promise<string> {
    return (await this.#session!.ended).reason;
  }

  /** Forgets all sessions, as a restarted agent does, and cuts the tunnels. */
  async restart(): Promise<void> {
    const tokenHash = new Uint8Array(await crypto.subtle.digest("SHA-256", token));
    this.#server = new SessionServer({ tokenHash, onSession: (session) => this.#serve(session) });
    this.#session?.finish({ kind: "local", reason: "the agent is restarted" });
    this.cut();
  }

  /** Cuts every tunnel; sessions live on. */
  cut(): void {
    for (const tunnel of this.#tunnels.splice(0)) tunnel.close();
  }

  /** Opens a stream for an incoming connection of the subscription with this stream id. */
  incoming(header: Infer<typeof Incoming>, options: { lossy?: boolean } = {}): Stream {
    return this.#session!.open(encode(Incoming, header), options);
  }

  #dial(): Promise<Tunnel> {
    const [ours, theirs] = memoryTunnels();
    this.#tunnels.push(ours, theirs);
    this.#server.accept(theirs);
    return Promise.resolve(ours);
  }

  #serve(session: Session): void {
    this.#session = session;
    session.onStream = (stream) => this.#answer(stream);
  }

  async #answer(stream: Stream): Promise<void> {
    try {
      const request = decode(Request, stream.header);
      this.requests.push(request);
      const kind = Object.keys(request)[0] as Kind;
      const act = this.behaviour[kind] as ((...parameters: unknown[]) => Promise<void>) | undefined;
      if (act === undefined) return stream.reset(38, `the fake agent knows no ${kind}`);
      const schema = replies[kind] as Schema<unknown>;
      const reply = async (value: unknown) => {
        if (stream.lossy) stream.send(encode(schema, value));
        else await writeMessage(stream, schema, value);
      };
      await act((request as Record<string, unknown>)[kind], reply, stream);
    } catch {
      // The proxy has reset the stream, or the session has ended.
    }
  }
}

/** Answers with one value, and ends the stream. */
export function once<T>(
  value: T,
): (body: unknown, reply: (value: T) => Promise<void>, stream: Stream) => Promise<void> {
  return async (_, reply, stream) => {
    await reply(value);
    await stream.end();
    if (!stream.lossy) { while (await stream.read() !== null); }
  };
}

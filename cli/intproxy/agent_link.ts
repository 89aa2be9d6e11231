/**
 * The proxy's side of the talk with the agent: one request is one stream of the current link session.
 *
 * A cut tunnel is the link's own matter: requests merely wait. When the agent was restarted (the session is `lost`), a new
 * session takes its place, requests without an answer are asked again, and those who keep something at the agent
 * (subscriptions) are told to arm it again.
 */
import { decode, encode, type Infer, type Schema } from "../../protocol/schema.ts";
import { Incoming, replies, Request } from "../../protocol/agent/messages.ts";
import {
  type EndReason,
  LinkError,
  readMessage,
  type Session,
  type Stream,
  StreamCode,
  StreamError,
} from "../../protocol/link/mod.ts";
import { Errno } from "../system/errno.ts";
import type { Log } from "./log.ts";

type Requests = Infer<typeof Request>;
type RequestKind = keyof typeof replies;
type RequestBody<Kind extends RequestKind> = Extract<Requests, Record<Kind, unknown>>[Kind];
type Reply<Kind extends RequestKind> = Infer<typeof replies[Kind]>;
export type IncomingHeader = Infer<typeof Incoming>;

/** A reply on a lossy stream may be lost with a tunnel. */
const lossyReplyTimeoutMs = 10_000;

/** How often a request is asked again when the agent restarts under it. */
const attemptsMax = 3;

export interface AgentLinkOptions {
  /** Makes a session; dials by itself until it stands. Rejects when there is no hope. */
  connect(): Promise<Session>;
  /** The session cannot be saved. */
  onFailed(reason: string): void;
  log: Log;
}

interface OpenOptions {
  /** One message is one datagram; the reply is the first. */
  lossy?: boolean;
  /** Called with each stream that is opened for the request, before its reply. */
  onOpened?(stream: Stream): void;
}

export class AgentLink {
  /** The agent has a connection for a subscribed port. */
  onIncoming: (stream: Stream, header: IncomingHeader) => void = (stream) => stream.reset(StreamCode.refused);
  /** A new session stands in place of a lost one: nothing of before exists at the agent. */
  onRenewed: () => void = () => {};
  readonly #options: AgentLinkOptions;
  /** The session that stands, or the one that is being made. */
  #session: Promise<Session>;
  #ended = false;

  private constructor(options: AgentLinkOptions, session: Session) {
    this.#options = options;
    this.#session = Promise.resolve(session);
    this.#adopt(session);
  }

  static async connect(options: AgentLinkOptions): Promise<AgentLink> {
    return new AgentLink(options, await options.connect());
  }

  /** Asks for one reply. Rejects with `StreamError` when the agent gave none. */
  async ask<Kind extends RequestKind>(kind: Kind, body: RequestBody<Kind>): Promise<Reply<Kind>> {
    const { stream, reply } = await this.open(kind, body);
    finish(stream);
    return reply;
  }

  /** Asks, and leaves the stream open for what follows the reply. */
  async open<Kind extends RequestKind>(
    kind: Kind,
    body: RequestBody<Kind>,
    options: OpenOptions = {},
  ): Promise<{ stream: Stream; reply: Reply<Kind> }> {
    const header = encode(Request, { [kind]: body } as unknown as Requests);
    for (let attempt = 1;; attempt++) {
      const session = await this.#session;
      try {
        const stream = session.open(header, { lossy: options.lossy });
        options.onOpened?.(stream);
        return { stream, reply: await readReply(stream, replies[kind] as Schema<Reply<Kind>>) };
      } catch (error) {
        if (this.#ended || !isSessionGone(error) || attempt === attemptsMax) throw error;
      }
    }
  }

  /** Says end to the agent and forgets it. */
  async end(reason: string): Promise<void> {
    this.#ended = true;
    const session = await this.#session.catch(() => null);
    await session?.end(reason);
  }

  #adopt(session: Session): void {
    session.onStream = (stream) => this.#receive(stream);
    session.onSuspend = () => this.#options.log.warn("the tunnel to the agent is cut: the session is suspended");
    session.onResume = () => this.#options.log.info("the tunnel to the agent stands again: the session is resumed");
    session.ended.then((reason) => this.#onEnded(reason));
  }

  #receive(stream: Stream): void {
    try {
      this.onIncoming(stream, decode(Incoming, stream.header));
    } catch (error) {
      this.#options.log.error(`the agent opened a stream that is none: ${error}`);
      stream.reset(StreamCode.refused);
    }
  }

  #onEnded(reason: EndReason): void {
    if (this.#ended || reason.kind === "local") return;
    if (reason.kind !== "lost") {
      this.#ended = true;
      this.#options.onFailed(reason.reason);
      return;
    }
    this.#options.log.warn("the agent was restarted: making a new session");
    this.#session = this.#options.connect();
    this.#session.then(
      (session) => {
        this.#adopt(session);
        this.onRenewed();
      },
      (error) => {
        this.#ended = true;
        this.#options.onFailed(`the agent was restarted, and no new session could be made: ${error.message}`);
      },
    );
  }
}

async function readReply<T>(stream: Stream, schema: Schema<T>): Promise<T> {
  if (!stream.lossy) return await readMessage(stream, schema);
  const timer = setTimeout(() => stream.reset(Errno.ETIMEDOUT, "the agent's reply was lost"), lossyReplyTimeoutMs);
  try {
    const message = await stream.receive();
    if (message === null) throw new StreamError(Errno.EPROTO, "the agent gave no reply");
    return decode(schema, message);
  } finally {
    clearTimeout(timer);
  }
}

/** The session ended under a request, or before it. */
function isSessionGone(error: unknown): boolean {
  if (error instanceof LinkError) return error.kind === "ended";
  return error instanceof StreamError && (error.code === StreamCode.sessionEnded || error.code === StreamCode.lost);
}

/** Lets a stream come to its end: nothing more is said, and nothing more is expected. */
function finish(stream: Stream): void {
  stream.end();
  stream.read().then((bytes) => bytes === null || stream.reset(StreamCode.cancelled), () => {});
}

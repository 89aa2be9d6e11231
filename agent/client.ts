/** One client's session: each of its streams is a request, answered on its own. */
import { decode, DecodeError, type Infer, type Schema } from "../protocol/schema.ts";
import { replies, Request } from "../protocol/agent/messages.ts";
import { LinkError, type Session, type Stream, StreamError } from "../protocol/link/mod.ts";
import { writeMessage } from "../protocol/link/message.ts";
import { finish } from "./finish.ts";
import { describe } from "./describe.ts";
import { variablesOf } from "./env.ts";
import { serveIncoming } from "./subscribe.ts";
import { answerAccess, answerLink, answerRealPath, answerStat, answerStatFilesystem } from "./files/answers.ts";
import { answerAttribute, answerAttributes } from "./files/attributes.ts";
import { answerChange } from "./files/change.ts";
import { answerEntries } from "./files/entries.ts";
import { serveEdit } from "./files/edit.ts";
import { serveDirectory, serveOpen } from "./files/serve.ts";
import { serveWatch } from "./files/watch.ts";
import { log } from "./log.ts";
import { serveDatagrams } from "./outgoing/datagrams.ts";
import { serveConnect } from "./outgoing/serve.ts";
import type { Services } from "./services.ts";
import { EIO, EPROTO, errnoOf } from "./system/errno.ts";

type RequestValue = Infer<typeof Request>;
type Kind = keyof typeof replies;
/** What a request of one kind carries, and what it is answered with. */
export type Body<K extends Kind> = Extract<RequestValue, { [Only in K]: unknown }>[K];
export type Reply<K extends Kind> = Infer<typeof replies[K]>;
type Answerer<K extends Kind> = (services: Services, body: Body<K>) => Promise<Reply<K>>;

/** Requests that are answered by one message. */
const answerers: { [K in Kind]?: Answerer<K> } = {
  describe: (services) => describe(services),
  env: ({ target }) => variablesOf(target),
  stat: ({ target }, request) => answerStat(target, request),
  access: ({ target }, request) => answerAccess(target, request),
  readLink: ({ target }, { path }) => answerLink(target, path),
  realPath: ({ target }, { path }) => answerRealPath(target, path),
  askEntries: ({ target }, request) => answerEntries(target, request),
  statFilesystem: ({ target }, { path }) => answerStatFilesystem(target, path),
  change: ({ target }, request) => answerChange(target, request),
  getAttribute: ({ target }, request) => answerAttribute(target, request),
  listAttributes: ({ target }, request) => answerAttributes(target, request),
  resolve: ({ resolver }, { name, family }) => resolver.resolve(name, family),
  reverseResolve: ({ resolver }, { address }) => resolver.reverse(address),
  dnsQuery: ({ resolver }, { query, search }) => resolver.query(query, search),
  retarget: async ({ target }, { containerId }) => ({ errno: await errnoAfter(target.retarget(containerId)) }),
};

export class Client {
  readonly id: number;
  readonly holder: string;
  readonly session: Session;
  readonly #services: Services;

  constructor(id: number, holder: string, session: Session, services: Services) {
    this.id = id;
    this.holder = holder;
    this.session = session;
    this.#services = services;
  }

  /** Serves the session until it is over. */
  async serve(): Promise<void> {
    const { incoming } = this.#services;
    this.session.onSuspend = () => incoming.suspend(this);
    this.session.onResume = () => incoming.resume(this);
    this.session.onStream = (stream) => void this.#serveStream(stream);
    const reason = await this.session.ended;
    incoming.endClient(this);
    log.info(`session ${this.id} of ${this.holder} has ended: ${reason.reason}`);
  }

  /** Never rejects: what goes wrong with a stream is told on that stream. */
  async #serveStream(stream: Stream): Promise<void> {
    try {
      const request = decode(Request, stream.header);
      const kind = Object.keys(request)[0] as Kind;
      log.debug(`session ${this.id}: ${kind}`);
      await this.#services.metrics.during(kind, () => this.#serveRequest(stream, request, kind));
    } catch (error) {
      // A reset by the peer, or the end of the session, needs no answer.
      if (error instanceof StreamError || error instanceof LinkError) return;
      if (!(error instanceof DecodeError)) log.error(`a request failed: ${error}`);
      const errno = error instanceof DecodeError ? EPROTO : errnoOf(error);
      stream.reset(errno || EIO, error instanceof Error ? error.message : String(error));
    }
  }

  async #serveRequest(stream: Stream, request: RequestValue, kind: Kind): Promise<void> {
    const services = this.#services;
    if ("openFile" in request) return await serveOpen(stream, services.target, request.openFile);
    if ("editFile" in request) return await serveEdit(stream, services.target, request.editFile);
    if ("watchFile" in request) return await serveWatch(stream, services.target, request.watchFile.path);
    if ("readDirectory" in request) return await serveDirectory(stream, services.target, request.readDirectory);
    if ("connect" in request) return await serveConnect(stream, services, request.connect);
    if ("datagrams" in request) return await serveDatagrams(stream, request.datagrams);
    if ("subscribe" in request) return await serveIncoming(stream, services, request.subscribe, this);
    const answerer = answerers[kind] as Answerer<Kind>;
    const body = (request as Record<Kind, Body<Kind>>)[kind];
    await writeMessage(stream, replies[kind] as Schema<Reply<Kind>>, await answerer(services, body));
    await finish(stream);
  }
}

async function errnoAfter(action: Promise<void>): Promise<number> {
  try {
    await action;
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}

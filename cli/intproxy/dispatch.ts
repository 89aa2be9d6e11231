/** Which part answers which request of a layer. */
import { DecisionReply, ErrnoReply } from "../../protocol/layer/messages.ts";
import { Errno } from "../system/errno.ts";
import type { Decide } from "../rules/decide.ts";
import type { Dns } from "./dns.ts";
import type { Files } from "./files/files.ts";
import type { Incoming } from "./incoming/incoming.ts";
import type { Log } from "./log.ts";
import type { Outgoing } from "./outgoing/outgoing.ts";
import { type Answer, answer, type Layer, type LayerRequest, type RequestBody, type RequestKind } from "./server.ts";

/** The parts of a session. */
export interface Parts {
  files: Files;
  dns: Dns;
  outgoing: Outgoing;
  incoming: Incoming;
  decidePath: Decide;
  log: Log;
}

type Handler<Kind extends RequestKind> = (
  parts: Parts,
  body: RequestBody<Kind>,
  layer: Layer,
) => Answer | Promise<Answer>;

const handlers: { [Kind in RequestKind]: Handler<Kind> } = {
  join: () => answer(ErrnoReply, { errno: Errno.EPROTO }),
  openFile: ({ files }, body) => files.open(body),
  change: ({ files }, body) => files.change(body),
  getAttribute: ({ files }, body) => files.getAttribute(body),
  listAttributes: ({ files }, body) => files.listAttributes(body),
  flush: ({ files }, body) => files.flush(body),
  settle: ({ files }) => files.settle(),
  watch: ({ files }, body) => files.watch(body),
  stat: ({ files }, body) => files.stat(body),
  statIdentity: ({ files }, body) => files.statIdentity(body),
  access: ({ files }, body) => files.access(body),
  readLink: ({ files }, body) => files.readLink(body),
  realPath: ({ files }, body) => files.realPath(body),
  statFilesystem: ({ files }, body) => files.statFilesystem(body),
  decidePath: ({ decidePath }, { path, write, own }) => answer(DecisionReply, decidePath(path, write, own)),
  resolve: ({ dns }, body) => dns.resolve(body),
  reverseResolve: ({ dns }, body) => dns.reverse(body),
  dnsQuery: ({ dns }, body) => dns.query(body),
  connect: ({ outgoing }, body, layer) => outgoing.connect(body, layer),
  sendTo: ({ outgoing }, body, layer) => outgoing.sendTo(body, layer),
  receivedFrom: ({ outgoing }, body) => outgoing.receivedFrom(body),
  connectStarted: ({ outgoing }, body) => outgoing.started(body),
  connectError: ({ outgoing }, body) => outgoing.connectError(body),
  socketName: ({ outgoing }, body) => outgoing.socketName(body),
  bound: ({ incoming }, body) => incoming.bound(body),
  listen: ({ incoming }, body) => incoming.listen(body),
  accepted: ({ incoming }, body) => incoming.accepted(body),
  log: ({ log }, { level, text }, layer) => {
    log.line(level, new TextDecoder().decode(text), `layer ${layer.pid}`);
    return { reply: null };
  },
};

/** Answers one request. */
export function dispatch(parts: Parts, request: LayerRequest, layer: Layer): Answer | Promise<Answer> {
  for (const kind in request) {
    const handler = handlers[kind as RequestKind] as Handler<RequestKind>;
    return handler(parts, (request as unknown as Record<string, RequestBody<RequestKind>>)[kind], layer);
  }
  throw new TypeError("a request has exactly one kind");
}

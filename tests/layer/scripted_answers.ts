/** Which part of a script answers which request, as `cli/intproxy/dispatch.ts` has it for a session. */
import {
  AcceptedReply,
  AddressReply,
  AttributeReply,
  ConnectReply,
  DecisionReply,
  DnsReply,
  ErrnoReply,
  FilesystemReply,
  OpenReply,
  PathReply,
  ResolveReply,
  ReverseReply,
  RouteReply,
  StatReply,
} from "../../protocol/layer/messages.ts";
import type { Infer } from "../../protocol/schema.ts";
import {
  type Answer,
  answer,
  type Layer,
  type LayerRequest,
  type RequestBody,
  type RequestKind,
} from "../../cli/intproxy/server.ts";
import type { RemotePeers } from "./remote_peers.ts";
import type { RemoteTree } from "./remote_tree.ts";
import type { ScriptedNames } from "./scripted_names.ts";
import type { ScriptedSockets } from "./scripted_sockets.ts";

export interface ScriptedParts {
  tree: RemoteTree;
  names: ScriptedNames;
  peers: RemotePeers;
  sockets: ScriptedSockets;
  /** What `watch` names: a directory of this machine. */
  watched: string;
  /** Answers of `decidePath` by path; others are local. */
  decisions: Record<string, { verdict: number; mapped?: string }>;
}

type Handler<Kind extends RequestKind> = (
  parts: ScriptedParts,
  body: RequestBody<Kind>,
  layer: Layer,
) => Answer | Promise<Answer>;

const EPROTO = 71, ESTALE = 116;
const nothing = { reply: null };
const errnoAnswer = (errno: number) => answer(ErrnoReply, { errno });

const handlers: { [Kind in RequestKind]: Handler<Kind> } = {
  join: () => errnoAnswer(EPROTO),
  openFile: ({ tree }, body) => open(tree, body),
  // Changes are only kept, for the test to look at.
  change: ({ tree }, { at }) => errnoAnswer(tree.isStale(at) ? ESTALE : 0),
  flush: () => errnoAnswer(0),
  settle: () => answer(ErrnoReply, { errno: 0 }),
  getAttribute: ({ tree }, { at }) => answer(AttributeReply, tree.attribute(at)),
  listAttributes: ({ tree }, { at }) => answer(AttributeReply, tree.attribute(at)),
  watch: ({ watched }) => answer(PathReply, { ok: { path: new TextEncoder().encode(watched) } }),
  stat: ({ tree }, { at, followLinks }) => answer(StatReply, tree.stat(at, followLinks)),
  statIdentity: ({ tree }, { file }) => answer(StatReply, tree.statIdentity(file)),
  access: ({ tree }, { at, mode }) => errnoAnswer(tree.access(at, mode)),
  readLink: ({ tree }, { at }) => answer(PathReply, tree.readLink(at)),
  realPath: ({ tree }, { at }) => answer(PathReply, tree.realPath(at)),
  statFilesystem: ({ tree }, { at }) => answer(FilesystemReply, tree.statFilesystem(at)),
  decidePath: ({ decisions }, { path }) => answer(DecisionReply, decide(decisions, path)),
  resolve: ({ names }, body) => answer(ResolveReply, names.resolve(body)),
  reverseResolve: ({ names }, body) => answer(ReverseReply, names.reverse(body)),
  dnsQuery: ({ names }, body) => answer(DnsReply, names.query(body)),
  connect: async ({ peers }, { cookie, destination, boundTo }, { pid }) =>
    answer(ConnectReply, await peers.connect(cookie, destination, boundTo, pid)),
  connectStarted: async ({ peers }, { id, localPort, wait }) => {
    const outcome = peers.started(id, localPort, wait);
    return wait ? errnoAnswer(await outcome) : nothing;
  },
  connectError: ({ peers }, { cookie }) => errnoAnswer(peers.takeFailure(cookie)),
  sendTo: async ({ peers }, { cookie, destination }) => answer(RouteReply, await peers.route(cookie, destination)),
  receivedFrom: ({ peers }, { standIn }) => answer(AddressReply, { address: peers.sender(standIn) }),
  socketName: ({ sockets }, body) => answer(AddressReply, { address: sockets.name(body) }),
  bound: ({ sockets }, body) => errnoAnswer(sockets.bound(body)),
  listen: () => errnoAnswer(0),
  accepted: ({ sockets }, body) => answer(AcceptedReply, sockets.accepted(body)),
  log: () => nothing,
};

/** Answers one request. */
export function answerOf(parts: ScriptedParts, request: LayerRequest, layer: Layer): Answer | Promise<Answer> {
  const [kind, body] = Object.entries(request)[0]!;
  return (handlers[kind as RequestKind] as Handler<RequestKind>)(parts, body as RequestBody<RequestKind>, layer);
}

async function open(tree: RemoteTree, { at, flags }: RequestBody<"openFile">): Promise<Answer> {
  const { reply, descriptor, afterMs } = tree.open(at, flags);
  if (afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, afterMs));
  return { ...answer(OpenReply, reply), descriptor };
}

function decide(decisions: ScriptedParts["decisions"], path: Uint8Array): Infer<typeof DecisionReply> {
  const { verdict, mapped } = decisions[new TextDecoder().decode(path)] ?? { verdict: 0 };
  return { verdict, mapped: mapped === undefined ? null : new TextEncoder().encode(mapped) };
}

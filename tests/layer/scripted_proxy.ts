/**
 * An internal proxy whose target is a script: files, names, peers and sources of connections that a test makes up. It
 * speaks the layer's protocol over a real socket, and keeps what was asked for the test to look at.
 */
import { decode, encode, type Infer, type Schema } from "../../protocol/schema.ts";
import { encodeConfigFile } from "../../protocol/layer/config_file.ts";
import {
  AcceptedReply,
  AddressReply,
  AttributeReply,
  ConnectReply,
  DecisionReply,
  DnsReply,
  ErrnoReply,
  FilesystemReply,
  JoinReply,
  LayerConfig,
  OpenReply,
  PathReply,
  PathSet,
  Request,
  ResolveReply,
  ReverseReply,
  RouteReply,
  SocketAddress,
  StatReply,
} from "../../protocol/layer/messages.ts";
import { questionOf } from "../../cli/intproxy/dns_packet.ts";
import { frameOf, FrameReader, writeFrame } from "../../cli/intproxy/frames.ts";
import { Handover } from "../../cli/system/handover.ts";
import { type PathRule, pathRules } from "./path_rules.ts";
import { addressText, type Peer, RemotePeers } from "./remote_peers.ts";
import { type RemoteNode, RemoteTree } from "./remote_tree.ts";

type RequestValue = Infer<typeof Request>;
type Address = Infer<typeof SocketAddress>;
type Config = Infer<typeof LayerConfig>;

export interface Script {
  files?: Record<string, RemoteNode>;
  /** Name → addresses as text; names that are not there are not found. */
  names?: Record<string, string[]>;
  /** Names that are said to be this machine's. */
  localNames?: string[];
  /** Name → what its DNS response ends with, behind the question. */
  responses?: Record<string, { code: number; count: number; tail: number[] }>;
  /** Address as text → name. */
  reverse?: Record<string, string>;
  peers?: Record<string, Peer>;
  /** Peer of an accepted connection (`ip:port` as the kernel tells it, or "*") → who it really is. */
  sources?: Record<string, Address>;
  /** Answers of `decidePath` by path. */
  decisions?: Record<string, { verdict: number; mapped?: string }>;
  /** Requested `ip:port`s that the session is said to have already. */
  taken?: string[];
  /** Paths beside the usual local ones. */
  rules?: PathRule[];
  config?: Partial<Config>;
}

/** What is local in every test: the machine's own programs and libraries, and the tests' scratch files. */
const usualRules: PathRule[] = [
  ...[
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/sbin",
    "/proc",
    "/sys",
    "/dev",
    "/tmp",
    "/etc",
    "/opt",
    "/root",
    "/run",
    "/home",
  ]
    .map((path) => ({ path, beneath: true, sets: PathSet.defaultLocal })),
  { path: "/", sets: PathSet.defaultLocal },
  { path: "/etc/hostname", sets: PathSet.defaultReadOnly },
  { path: "/usr/forbidden", beneath: true, sets: PathSet.defaultNotFound },
];

const ESTALE = 116;
const nothing = new Uint8Array(0);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export class ScriptedProxy {
  /** Every request but `join`, in the order of arrival. */
  readonly requests: RequestValue[] = [];
  /** Joins, by pid. */
  readonly joins: { pid: number; program: string }[] = [];
  /** Connections open now, and most at once. */
  open = 0;
  mostOpen = 0;
  readonly folder = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "mirrord-layer-test-" });
  readonly #name = `mirrord-test-${crypto.randomUUID()}`;
  readonly #secret = crypto.getRandomValues(new Uint8Array(16));
  readonly #bound = new Map<bigint, Address>();
  readonly #sources = new Map<bigint, Address>();
  readonly #tree: RemoteTree;
  readonly #peers: RemotePeers;
  readonly #connections = new Set<Deno.UnixConn>();
  readonly #serving: Promise<void>;
  readonly #handover = new Handover();
  readonly #listener: Deno.UnixListener;

  constructor(private readonly script: Script, layer: { library: string; supervisor: string }) {
    Deno.mkdirSync(`${this.folder}/shadow`);
    this.#tree = new RemoteTree(script.files ?? {}, `${this.folder}/shadow`);
    this.#peers = new RemotePeers(script.peers ?? {});
    Deno.writeFileSync(`${this.folder}/layer.bin`, encodeConfigFile(this.#config(layer)));
    this.#listener = Deno.listen({ transport: "unix", path: `\0${this.#name}` });
    this.#serving = this.#accept();
    this.layerPath = layer.library;
  }

  readonly layerPath: string;

  /** The environment that makes a program part of the session. */
  environment(): Record<string, string> {
    const secret = [...this.#secret].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return {
      LD_PRELOAD: this.layerPath,
      MIRRORD_LAYER_INTPROXY_ADDR: `@${this.#name}:${secret}`,
      MIRRORD_LAYER_CONFIG: `${this.folder}/layer.bin`,
      MIRRORD_RESOLVED_CONFIG: "e30=",
    };
  }

  /** The bodies of the requests of one kind. */
  asked<Kind extends string>(kind: Kind): Extract<RequestValue, Record<Kind, unknown>>[Kind][] {
    return this.requests.flatMap((request) =>
      kind in request
        ? [(request as Record<Kind, unknown>)[kind] as Extract<RequestValue, Record<Kind, unknown>>[Kind]]
        : []
    );
  }

  /** Ends every connection at once, as the death of the proxy does. */
  die(): void {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  async close(): Promise<void> {
    try {
      this.die();
    } catch {
      // It has died before.
    }
    await this.#peers.close();
    await this.#serving;
    this.#tree.close();
    Deno.removeSync(this.folder, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #config({ library, supervisor }: { library: string; supervisor: string }): Config {
    const encoder = new TextEncoder();
    return {
      version: 1,
      layerPath: encoder.encode(library),
      supervisorPath: encoder.encode(supervisor),
      door: 0,
      shadowDirectory: encoder.encode(`${this.folder}/shadow`),
      filesMode: 2,
      pathRules: pathRules([...usualRules, ...this.script.rules ?? []]),
      dnsEnabled: true,
      hostname: encoder.encode("remote-host"),
      outgoingTcp: true,
      outgoingUdp: true,
      outgoingUnix: false,
      outgoingIgnoreLocalhost: true,
      ipv6: true,
      hidesIpv6Interfaces: false,
      incomingMode: 2,
      incomingIgnoreLocalhost: false,
      incomingIgnorePorts: [],
      incomingOnlyPorts: null,
      listenPorts: [],
      debuggerPorts: [],
      skipProcesses: [],
      logLevel: 0,
      ...this.script.config,
    };
  }

  async #accept(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      this.mostOpen = Math.max(this.mostOpen, ++this.open);
      served.push(
        this.#serve(connection).catch(() => {}).finally(() => {
          this.open--;
          if (this.#connections.delete(connection)) connection.close();
        }),
      );
    }
    await Promise.all(served);
  }

  async #serve(connection: Deno.UnixConn): Promise<void> {
    const frames = new FrameReader(connection);
    let pid = 0;
    for (let body; (body = await frames.next()) !== null;) {
      const request = decode(Request, body);
      if ("join" in request) {
        const accepted = request.join.secret.every((byte, i) => byte === this.#secret[i]);
        pid = request.join.pid;
        this.joins.push({ pid, program: text(request.join.program) });
        await writeFrame(connection, encode(JoinReply, { accepted }));
        if (!accepted) return;
        continue;
      }
      this.requests.push(request);
      await this.#answer(connection, request, pid);
    }
  }

  async #answer(connection: Deno.UnixConn, request: RequestValue, pid: number): Promise<void> {
    const reply = <T>(schema: Schema<T>, value: T) => writeFrame(connection, encode(schema, value));
    if ("openFile" in request) {
      const { at, flags } = request.openFile;
      const { reply: opened, descriptor, afterMs } = this.#tree.open(at, flags);
      if (afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (descriptor === undefined) await reply(OpenReply, opened);
      else {
        const peer = (connection.remoteAddr as Deno.UnixAddr).path;
        await this.#handover.send(peer, frameOf(encode(OpenReply, opened)), descriptor);
      }
    } else if ("stat" in request) await reply(StatReply, this.#tree.stat(request.stat.at, request.stat.followLinks));
    else if ("statIdentity" in request) await reply(StatReply, this.#tree.statIdentity(request.statIdentity.file));
    else if ("access" in request) {
      await reply(ErrnoReply, { errno: this.#tree.access(request.access.at, request.access.mode) });
    } else if ("readLink" in request) await reply(PathReply, this.#tree.readLink(request.readLink.at));
    else if ("realPath" in request) await reply(PathReply, this.#tree.realPath(request.realPath.at));
    else if ("statFilesystem" in request) {
      await reply(FilesystemReply, this.#tree.statFilesystem(request.statFilesystem.at));
    } else if ("decidePath" in request) await reply(DecisionReply, this.#decide(text(request.decidePath.path)));
    else if ("resolve" in request) await reply(ResolveReply, this.#resolve(request.resolve));
    else if ("reverseResolve" in request) await reply(ReverseReply, this.#reverse(request.reverseResolve.address));
    else if ("dnsQuery" in request) await reply(DnsReply, this.#query(request.dnsQuery.query));
    else if (!await this.#answerChange(reply, request)) await this.#answerSocket(reply, request, pid);
  }

  /** Changes are only kept for the test to look at. False for other requests. */
  async #answerChange(
    reply: <T>(schema: Schema<T>, value: T) => Promise<void>,
    request: RequestValue,
  ): Promise<boolean> {
    if ("change" in request) await reply(ErrnoReply, { errno: this.#tree.isStale(request.change.at) ? ESTALE : 0 });
    else if ("flush" in request) await reply(ErrnoReply, { errno: 0 });
    else if ("getAttribute" in request) await reply(AttributeReply, this.#tree.attribute(request.getAttribute.at));
    else if ("listAttributes" in request) await reply(AttributeReply, this.#tree.attribute(request.listAttributes.at));
    else if ("watch" in request) await reply(PathReply, { ok: { path: new TextEncoder().encode(this.folder) } });
    else if ("pathOf" in request) await reply(PathReply, this.#tree.pathOf(request.pathOf.file));
    else return false;
    return true;
  }

  async #answerSocket(
    reply: <T>(schema: Schema<T>, value: T) => Promise<void>,
    request: RequestValue,
    pid: number,
  ): Promise<void> {
    if ("connect" in request) {
      const { cookie, destination, boundTo } = request.connect;
      await reply(ConnectReply, await this.#peers.connect(cookie, destination, boundTo, pid));
    } else if ("connectStarted" in request) {
      const { id, localPort, wait } = request.connectStarted;
      const outcome = this.#peers.started(id, localPort, wait);
      if (wait) await reply(ErrnoReply, { errno: await outcome });
    } else if ("sendTo" in request) {
      const { cookie, destination } = request.sendTo;
      await reply(RouteReply, await this.#peers.route(cookie, destination));
    } else if ("receivedFrom" in request) {
      await reply(AddressReply, { address: this.#peers.sender(request.receivedFrom.standIn) });
    } else if ("connectError" in request) {
      await reply(ErrnoReply, { errno: this.#peers.takeFailure(request.connectError.cookie) });
    } else if ("bound" in request) {
      const { cookie, requested, actual } = request.bound;
      // Port 0 asks whether the address, which the kernel did not give, is the program's own.
      const isQuestion = portOf(actual) === 0;
      const isOwn = [...this.#bound].some(([other, at]) =>
        other !== cookie && addressText(at) === addressText(requested)
      );
      const isTaken = isOwn || (this.script.taken?.includes(addressText(requested)) ?? false);
      if (!isQuestion) this.#bound.set(cookie, requested);
      await reply(ErrnoReply, { errno: isQuestion && isTaken ? 98 : 0 });
    } else if ("listen" in request) await reply(ErrnoReply, { errno: 0 });
    else if ("accepted" in request) {
      const source = this.script.sources?.[addressText(request.accepted.peer)] ?? this.script.sources?.["*"] ?? null;
      if (source !== null) this.#sources.set(request.accepted.cookie, source);
      await reply(AcceptedReply, { source, destination: null });
    } else if ("socketName" in request) {
      const { cookie, peerSide } = request.socketName;
      const known = peerSide ? this.#sources.get(cookie) : this.#bound.get(cookie);
      await reply(AddressReply, { address: this.#peers.name(cookie, peerSide) ?? known ?? null });
    }
  }

  #decide(path: string): Infer<typeof DecisionReply> {
    const { verdict, mapped } = this.script.decisions?.[path] ?? { verdict: 0 };
    return { verdict, mapped: mapped === undefined ? null : new TextEncoder().encode(mapped) };
  }

  #resolve({ name, family }: { name: Uint8Array; family: number }): Infer<typeof ResolveReply> {
    const found = this.script.names?.[text(name)];
    const isLocal = this.script.localNames?.includes(text(name)) ?? false;
    if (found === undefined) return { isLocal, code: isLocal ? 0 : -2, canonicalName: nothing, addresses: [] };
    const addresses = found.map(addressBytes).filter(({ length }) =>
      family === 0 || length === (family === 2 ? 4 : 16)
    );
    const canonicalName = new TextEncoder().encode(`canonical.${text(name)}`);
    return { isLocal, code: addresses.length === 0 ? -5 : 0, canonicalName, addresses };
  }

  #query(query: Uint8Array): Infer<typeof DnsReply> {
    const name = questionOf(query)!.name;
    const response = this.script.responses?.[name];
    const isLocal = this.script.localNames?.includes(name) ?? false;
    if (isLocal || response === undefined) return { isLocal, code: -3, answer: nothing };
    const { code, count, tail } = response;
    const header = [query[0]!, query[1]!, 0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0];
    return { isLocal, code: 0, answer: Uint8Array.from([...header, ...query.subarray(12), ...tail]) };
  }

  #reverse(address: Uint8Array): Infer<typeof ReverseReply> {
    const name = this.script.reverse?.[address.length === 4 ? address.join(".") : "v6"];
    return name === undefined ? { code: -2, name: nothing } : { code: 0, name: new TextEncoder().encode(name) };
  }
}

function portOf(address: Address): number {
  return "v4" in address ? address.v4.port : "v6" in address ? address.v6.port : 0;
}

/** 4 bytes of `a.b.c.d`, 16 bytes of eight groups. */
function addressBytes(address: string): Uint8Array {
  if (!address.includes(":")) return Uint8Array.from(address.split(".").map(Number));
  return Uint8Array.from(address.split(":").flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}

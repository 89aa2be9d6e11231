/**
 * Connections that the program makes, and datagrams that it sends: decides where each goes, and answers what the program
 * asks about them later.
 */
import { AddressReply, ConnectReply, ErrnoReply, RouteReply } from "../../../protocol/layer/messages.ts";
import { formatAddress, ipOf, portOf, type SocketAddress, unmapped } from "../../system/address.ts";
import { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from "../../system/socket.ts";
import { errnoOf } from "../errno_of.ts";
import { readOwnNameServers } from "../own_name_servers.ts";
import { type Answer, answer, type Layer, type RequestBody } from "../server.ts";
import { type AnswerFor, OutgoingDatagrams } from "./datagrams.ts";
import { asksNameServer, decideOutgoing, type OutgoingRules, type Verdict } from "./decide.ts";
import { type FilterNames, leavesFromTarget } from "./filter.ts";
import { type ConnectCall, type OutgoingParts, OutgoingTcp } from "./tcp.ts";
import { OutgoingUdp } from "./udp.ts";
import { OutgoingUnix } from "./unix.ts";

export interface OutgoingOptions extends OutgoingParts {
  rules: OutgoingRules;
  /** The real address of the session's own listener that the program believes to be at this port. */
  ownListener(port: number, socketType: number): SocketAddress | null;
  names: OutgoingNames;
}

/** What is known of names. */
export interface OutgoingNames extends FilterNames {
  /** Whether there may be names that are this machine's. */
  answersSome: boolean;
  /** The response to a DNS query for a name that is this machine's; null for the target's. */
  answerHere(query: Uint8Array): Promise<Uint8Array> | null;
  /** The response of the target's name servers; null when there is none. */
  answerAtTarget(query: Uint8Array): Promise<Uint8Array | null>;
  /** What this machine resolves the names of an address of the target to; null when there is none. */
  ownAddressFor(ip: Uint8Array): Promise<Uint8Array | null>;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #tcp: OutgoingTcp;
  readonly #udp: OutgoingUdp;
  readonly #unix: OutgoingUnix;
  readonly #datagrams: OutgoingDatagrams;
  #lastId = 0n;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    const { rules, names } = options;
    const isOwn = readOwnNameServers();
    const asksHere = (peer: SocketAddress) => rules.dns && isOwn(ipOf(unmapped(peer)), portOf(peer));
    const answerFor: AnswerFor = (peer, query) => {
      if (!asksNameServer(peer, rules)) return null;
      return names.answerHere(query) ?? (asksHere(peer) ? names.answerAtTarget(query) : null);
    };
    this.#tcp = new OutgoingTcp(options, (peer) => {
      if (!asksNameServer(peer, rules) || !(names.answersSome || asksHere(peer))) return null;
      return { answer: (query) => answerFor(peer, query), isAnsweredHere: asksHere(peer) };
    });
    this.#udp = new OutgoingUdp(options, answerFor, asksHere);
    this.#unix = new OutgoingUnix(options);
    this.#datagrams = new OutgoingDatagrams(options, answerFor);
  }

  async connect(request: RequestBody<"connect">, layer: Layer): Promise<Answer> {
    const { cookie, socketType, destination, boundTo } = request;
    const { log, table } = this.#options;
    // As the kernel does it: the error that nobody asked for is the next connect()'s.
    const failure = table.takeFailure(cookie);
    if (failure !== 0) return answer(ConnectReply, { failed: { errno: failure } });
    const verdict = await this.#decide(destination, socketType, `process ${layer.pid} connects to`);
    if (verdict !== "remote") {
      return "local" in verdict
        ? answer(ConnectReply, { local: { destination: verdict.local } })
        : answer(ConnectReply, { failed: { errno: verdict.failed } });
    }
    try {
      const call = { id: ++this.#lastId, cookie, destination, boundTo, pid: layer.pid };
      const address = await this.#begin(call, socketType);
      if (typeof address === "number") return answer(ConnectReply, { failed: { errno: address } });
      return answer(ConnectReply, { remote: { id: call.id, address } });
    } catch (error) {
      log.error(`a connection to ${formatAddress(destination)} could not be prepared: ${error}`);
      return answer(ConnectReply, { failed: { errno: errnoOf(error) } });
    }
  }

  /** The program's own connect() has begun; with `wait` its outcome is answered. */
  async started({ id, localPort, wait }: RequestBody<"connectStarted">): Promise<Answer> {
    const outcome = this.#started(id, localPort, wait);
    if (wait) return answer(ErrnoReply, { errno: await outcome });
    return { reply: null };
  }

  /** A socket that is not connected has a datagram for a destination. */
  async sendTo(request: RequestBody<"sendTo">, layer: Layer): Promise<Answer> {
    const { cookie, destination } = request;
    const connected = this.#udp.addressFor(cookie, destination);
    if (connected !== null) return answer(RouteReply, { local: { destination: connected } });
    const verdict = await this.#decide(destination, SOCK_DGRAM, `process ${layer.pid} sends datagrams to`);
    if (verdict !== "remote") {
      return "local" in verdict
        ? answer(RouteReply, { local: { destination: verdict.local } })
        : answer(RouteReply, { failed: { errno: verdict.failed } });
    }
    try {
      return answer(RouteReply, this.#datagrams.route(request));
    } catch (error) {
      this.#options.log.error(`datagrams to ${formatAddress(destination)} could not be prepared: ${error}`);
      return answer(RouteReply, { failed: { errno: errnoOf(error) } });
    }
  }

  receivedFrom(request: RequestBody<"receivedFrom">): Answer {
    const address = this.#udp.sender(request.cookie, request.standIn) ?? this.#datagrams.sender(request);
    return answer(AddressReply, { address });
  }

  connectError({ cookie }: RequestBody<"connectError">): Answer {
    return answer(ErrnoReply, { errno: this.#options.table.takeFailure(cookie) });
  }

  socketName({ cookie, peerSide, actual }: RequestBody<"socketName">): Answer {
    return answer(AddressReply, { address: this.#options.table.socketName(cookie, peerSide, actual) });
  }

  socketGone(cookie: bigint): void {
    this.#tcp.socketGone(cookie);
    this.#udp.socketGone(cookie);
    this.#datagrams.socketGone(cookie);
  }

  close(): void {
    this.#tcp.close();
    this.#datagrams.close();
  }

  /** Where a connection or a datagram goes; `what` begins the line about it in the log. */
  async #decide(destination: SocketAddress, socketType: number, what: string): Promise<Verdict> {
    const { rules, ownListener, log } = this.#options;
    let verdict = decideOutgoing(destination, socketType, rules, ownListener);
    if (verdict === "remote" && rules.filter !== null) verdict = await this.#filter(destination, socketType);
    if (log.writes("debug")) {
      const where = verdict === "remote" ? "at the target" : "local" in verdict ? "local" : `errno ${verdict.failed}`;
      log.debug(`${what} ${formatAddress(destination)}: ${where}`);
    }
    return verdict;
  }

  /** The filter is about hosts: unix sockets have their own patterns, and name servers belong to the names. */
  async #filter(destination: SocketAddress, socketType: number): Promise<Verdict> {
    const { rules, names } = this.#options;
    if ("unix" in destination || asksNameServer(destination, rules)) return "remote";
    if (await leavesFromTarget(rules.filter!, destination, socketType, names)) return "remote";
    // The address may be what the target knows a name by, which means another one here.
    const own = await names.ownAddressFor(ipOf(unmapped(destination)));
    return { local: own === null ? destination : addressWithIp(destination, own) };
  }

  /** Where the program is to connect to, or an errno. */
  async #begin(call: ConnectCall, socketType: number): Promise<SocketAddress | number> {
    if ("unix" in call.destination) {
      const type = socketType === SOCK_SEQPACKET ? SOCK_SEQPACKET : SOCK_STREAM;
      const outcome = await this.#unix.connect(call, type);
      return "errno" in outcome ? outcome.errno : outcome.address;
    }
    return socketType === SOCK_DGRAM ? this.#udp.connect(call) : this.#tcp.connect(call);
  }

  #started(id: bigint, port: number, isWaiting: boolean): Promise<number> {
    if (this.#tcp.has(id)) return this.#tcp.started(id, port, isWaiting);
    if (this.#udp.has(id)) return this.#udp.started(id, port);
    return Promise.resolve(this.#unix.started(id));
  }
}

/** Another host, on the port of `like`. */
function addressWithIp(like: SocketAddress, ip: Uint8Array): SocketAddress {
  const port = portOf(like);
  return ip.length === 4 ? { v4: { address: ip, port } } : { v6: { address: ip, port, scope: 0 } };
}

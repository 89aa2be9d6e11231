/** Connections that the program makes: decides where each goes, and answers what the program asks about them later. */
import { AddressReply, ConnectReply, ErrnoReply } from "../../../protocol/layer/messages.ts";
import { formatAddress, type SocketAddress } from "../../system/address.ts";
import { SOCK_DGRAM } from "../../system/socket.ts";
import { errnoOf } from "../errno_of.ts";
import { type Answer, answer, type Layer, type RequestBody } from "../server.ts";
import { decideOutgoing, type OutgoingRules } from "./decide.ts";
import { type ConnectCall, type OutgoingParts, OutgoingTcp } from "./tcp.ts";
import { OutgoingUdp } from "./udp.ts";
import { OutgoingUnix } from "./unix.ts";

export interface OutgoingOptions extends OutgoingParts {
  rules: OutgoingRules;
  /** The real address of the session's own listener that the program believes to be at this port. */
  ownListener(port: number, socketType: number): SocketAddress | null;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #tcp: OutgoingTcp;
  readonly #udp: OutgoingUdp;
  readonly #unix: OutgoingUnix;
  #lastId = 0n;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#tcp = new OutgoingTcp(options);
    this.#udp = new OutgoingUdp(options);
    this.#unix = new OutgoingUnix(options);
  }

  async connect(request: RequestBody<"connect">, layer: Layer): Promise<Answer> {
    const { cookie, socketType, destination, boundTo } = request;
    const { rules, ownListener, log } = this.#options;
    const verdict = decideOutgoing(destination, socketType, rules, ownListener);
    if (log.writes("debug")) {
      const where = verdict === "remote" ? "at the target" : "local" in verdict ? "local" : `errno ${verdict.failed}`;
      log.debug(`process ${layer.pid} connects to ${formatAddress(destination)}: ${where}`);
    }
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

  connectError({ cookie }: RequestBody<"connectError">): Answer {
    return answer(ErrnoReply, { errno: this.#options.table.takeFailure(cookie) });
  }

  socketName({ cookie, peerSide, actual }: RequestBody<"socketName">): Answer {
    return answer(AddressReply, { address: this.#options.table.socketName(cookie, peerSide, actual) });
  }

  socketGone(cookie: bigint): void {
    this.#tcp.socketGone(cookie);
    this.#udp.socketGone(cookie);
  }

  close(): void {
    this.#tcp.close();
  }

  /** Where the program is to connect to, or an errno. */
  async #begin(call: ConnectCall, socketType: number): Promise<SocketAddress | number> {
    if ("unix" in call.destination) {
      const outcome = await this.#unix.connect(call);
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

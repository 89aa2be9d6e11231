/** What a session would know of its program's sockets: where they are bound, and who is at their other ends. */
import type { AcceptedReply, SocketAddress } from "../../protocol/layer/messages.ts";
import type { Infer } from "../../protocol/schema.ts";
import type { RequestBody } from "../../cli/intproxy/server.ts";
import { addressText, type RemotePeers } from "./remote_peers.ts";

type Address = Infer<typeof SocketAddress>;

export interface SocketScript {
  /** Peer of an accepted connection (`ip:port` as the kernel tells it, or "*") → who it really is. */
  sources?: Record<string, Address>;
  /** Requested `ip:port`s that the session is said to have already. */
  taken?: string[];
}

const EADDRINUSE = 98;

export class ScriptedSockets {
  readonly #bound = new Map<bigint, Address>();
  readonly #sources = new Map<bigint, Address>();

  constructor(private readonly script: SocketScript, private readonly peers: RemotePeers) {}

  /** The errno of a `bound`. Its port 0 asks whether the address, which the kernel did not give, is the program's own. */
  bound({ cookie, requested, actual }: RequestBody<"bound">): number {
    if (portOf(actual) === 0) return this.#isTaken(cookie, addressText(requested)) ? EADDRINUSE : 0;
    this.#bound.set(cookie, requested);
    return 0;
  }

  accepted({ cookie, peer }: RequestBody<"accepted">): Infer<typeof AcceptedReply> {
    const source = this.script.sources?.[addressText(peer)] ?? this.script.sources?.["*"] ?? null;
    if (source !== null) this.#sources.set(cookie, source);
    return { source, destination: null };
  }

  name({ cookie, peerSide }: RequestBody<"socketName">): Address | null {
    const known = peerSide ? this.#sources.get(cookie) : this.#bound.get(cookie);
    return this.peers.name(cookie, peerSide) ?? known ?? null;
  }

  #isTaken(cookie: bigint, address: string): boolean {
    const isOurs = [...this.#bound].some(([other, at]) => other !== cookie && addressText(at) === address);
    return isOurs || (this.script.taken?.includes(address) ?? false);
  }
}

function portOf(address: Address): number {
  return "v4" in address ? address.v4.port : "v6" in address ? address.v6.port : 0;
}

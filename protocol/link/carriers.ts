import { maximumTunnels, silenceMs } from "../limits.ts";
import type { Carrier } from "./carrier.ts";
import { LinkError } from "./errors.ts";
import type { PingWaiter } from "./pinger.ts";
import type { Sync, SyncHead } from "./sync.ts";

/** The tunnels of a session, and what the two ends have to tell each other about those that were lost. */
export class Carriers {
  #live: Carrier[] = [];
  #highestEpoch = 0;
  /** Lost tunnels of which the peer has not told yet what it received over them. */
  readonly #unsynchronised = new Set<number>();
  /** Pings that wait for a tunnel. */
  #waiters: PingWaiter[] = [];
  /** The peer is to be told what this side knows. */
  syncDue = false;

  get count(): number {
    return this.#live.length;
  }

  /** What the peer received over lost tunnels is not known yet: data would be sent twice. */
  get isUnsure(): boolean {
    return this.#unsynchronised.size > 0;
  }

  accepts(epoch: number): boolean {
    return epoch > this.#highestEpoch && this.#live.length < maximumTunnels;
  }

  add(carrier: Carrier): void {
    this.#live.push(carrier);
    this.#highestEpoch = carrier.epoch;
    if (this.isUnsure) this.syncDue = true;
    for (const waiter of this.#waiters.splice(0)) carrier.pinger.request(waiter);
  }

  remove(carrier: Carrier): void {
    this.#live = this.#live.filter((each) => each !== carrier);
    this.#unsynchronised.add(carrier.epoch);
    this.syncDue = true;
    for (const waiter of carrier.pinger.takeWaiters()) this.ping(waiter);
  }

  /** Closes everything; those who wait for a ping get `error`. */
  close(error: LinkError): void {
    const carriers = this.#live;
    this.#live = [];
    for (const carrier of carriers) {
      this.#waiters.push(...carrier.pinger.takeWaiters());
      carrier.close();
    }
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  /** Pings over the best tunnel, or over the next one there is. */
  ping(waiter: PingWaiter): void {
    const [best] = this.#live;
    if (best === undefined) this.#waiters.push(waiter);
    else best.pinger.request(waiter);
  }

  /** Lets every idle tunnel take of what is due: the fastest first, those that may be silent last. */
  pump(nowMs: number): void {
    if (this.#live.length > 1) this.#live.sort((one, other) => one.slownessMs(nowMs) - other.slownessMs(nowMs));
    for (const carrier of [...this.#live]) carrier.pump();
  }

  /** Makes pings due and gives up what has fallen silent. */
  beat(nowMs: number, stoodStillMs: number): void {
    for (const carrier of [...this.#live]) {
      carrier.heardMs += stoodStillMs;
      carrier.pinger.tick(nowMs);
      if (nowMs - carrier.heardMs >= silenceMs) carrier.fail(new LinkError("tunnel", "The tunnel has fallen silent"));
    }
  }

  /** What the peer is told first; it is then up to date. */
  takeSyncHead(): SyncHead {
    this.syncDue = false;
    return {
      asks: this.isUnsure,
      highestEpoch: this.#highestEpoch,
      liveEpochs: this.#live.map((carrier) => carrier.epoch),
    };
  }

  /** The peer told what it knows: tunnels it has given up are given up here too. */
  learn({ asks, highestEpoch, liveEpochs }: Sync): void {
    const dead = (epoch: number) => epoch <= highestEpoch && !liveEpochs.includes(epoch);
    for (const carrier of this.#live.filter((each) => dead(each.epoch))) {
      carrier.fail(new LinkError("tunnel", "The other end has given the tunnel up"));
    }
    for (const epoch of [...this.#unsynchronised].filter(dead)) this.#unsynchronised.delete(epoch);
    // The peer may have lost a tunnel before its hello was answered here: it must not be used any more.
    if (dead(highestEpoch)) this.#highestEpoch = Math.max(this.#highestEpoch, highestEpoch);
    if (asks) this.syncDue = true;
  }
}

/** One agent process: what it serves, what it is to other agents, and how long it lives. */
import type { Tunnel } from "../protocol/link/mod.ts";
import { version } from "../protocol/version.ts";
import { type Control, openControl } from "./control/control.ts";
import { Resolver } from "./dns/resolver.ts";
import { Alone } from "./holder/alone.ts";
import { Follower, type Unfit } from "./holder/follower.ts";
import { type AttachedTarget, Holder } from "./holder/holder.ts";
import type { Role } from "./holder/role.ts";
import { Incoming } from "./incoming/mod.ts";
import { Lifetime } from "./lifetime.ts";
import { log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";
import { Site } from "./site.ts";
import { StartError } from "./start_error.ts";
import { ECONNREFUSED } from "./system/errno.ts";
import { SystemError } from "./system/system_error.ts";
import { Target } from "./target/target.ts";

/** Opened by the launcher in the agent's own network. */
const controlDescriptor = 3;
/** An abstract socket of the target's network: whoever has it is the holder. */
const holderName = "mirrord-agent-holder";
/** Between a holder's end and the name being free, or its listener being there, there is a moment. */
const roleAttemptsMax = 20;
const roleRetryMs = 50;

export class Agent {
  readonly #settings: Settings;
  readonly #metrics = new Metrics();
  readonly #incoming: Incoming;
  readonly #lifetime: Lifetime;
  readonly #target: Target;
  readonly #attached = new Set<Site>();
  #site: Site | null = null;
  #role: Promise<Role>;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#incoming = new Incoming({ captureInterface: settings.captureInterface });
    this.#target = openTarget(settings);
    this.#lifetime = new Lifetime(settings.stays ? Infinity : settings.communicationTimeoutMs);
    this.#role = this.#takeRole();
  }

  /** Runs until nobody needs it, or `stopped` resolves with a reason. The answer is the exit code. */
  async run(stopped: Promise<string>): Promise<number> {
    const control = openControl(controlDescriptor, this.#settings, (tunnel) => void this.#accept(tunnel));
    log.info(`serving as ${(await this.#role).what}`);
    console.log(`agent ready - version ${version}`);
    const over = this.#lifetime.over.then((reason) => reason === "unused" ? "nobody has connected" : "nobody is left");
    const reason = await Promise.race([stopped, over, this.#keepRole()]);
    log.info(`ending: ${reason}; ${this.#metrics}`);
    await this.#end(control, reason);
    return reason === "nobody has connected" ? 1 : 0;
  }

  get metrics(): Metrics {
    return this.#metrics;
  }

  async #accept(tunnel: Tunnel): Promise<void> {
    await (await this.#role).accept(tunnel);
  }

  /** Takes another role when the present one is lost. Never resolves. */
  async #keepRole(): Promise<never> {
    for (;;) {
      await (await this.#role).lost;
      this.#role = this.#takeRole();
      // Clients of a holder that died begin anew; they must find us.
      this.#lifetime.restart();
      log.info(`the holder has gone; serving as ${(await this.#role).what}`);
    }
  }

  async #takeRole(): Promise<Role> {
    const { mode, sharesNetwork } = this.#settings;
    // Where there is no incoming traffic to share, agents have nothing to do with each other.
    if (mode === "targetless" || sharesNetwork) return new Alone(this.#ownSite(null));
    let unfit: Unfit | null = null;
    for (let attempt = 0; attempt < roleAttemptsMax && (unfit?.isEnding ?? true); attempt++) {
      const found = this.#tryHolder() ?? await this.#tryFollower();
      if (found !== null && "accept" in found) return found;
      unfit = found;
      await new Promise((resolve) => setTimeout(resolve, roleRetryMs));
    }
    log.warn(`serving alone: ${unfit?.reason ?? "the name of the target's agent is neither free nor held"}`);
    return new Alone(this.#ownSite(unfit?.isAgent ? unfit.reason : null));
  }

  #tryHolder(): Role | null {
    const listener = Holder.claim(holderName);
    if (listener === null) return null;
    const site = this.#ownSite(null);
    return new Holder({ listener, site, openSite: (target, onSessions) => this.#openSite(target, onSessions) });
  }

  /** Null when nobody has the holder's name (any more). */
  async #tryFollower(): Promise<Role | Unfit | null> {
    const { tokenHash, mode, pid } = this.#settings;
    try {
      const onSessions = (sessions: number) => this.#lifetime.update(sessions);
      return await Follower.attach(holderName, { tokenHash, mode, pid }, onSessions);
    } catch (error) {
      if (error instanceof SystemError && error.errno === ECONNREFUSED) return null;
      throw error;
    }
  }

  #ownSite(incomingElsewhere: string | null): Site {
    const services = this.#servicesOf(this.#target, incomingElsewhere);
    this.#site ??= new Site(this.#settings.tokenHash, services, () => this.#updateLifetime());
    return this.#site;
  }

  #openSite({ tokenHash, mode, pid }: AttachedTarget, onSessions: () => void): { site: Site; close(): void } {
    const target = new Target({ mode, pid, sharesNetwork: false });
    const site = new Site(tokenHash, this.#servicesOf(target, null), () => {
      onSessions();
      this.#updateLifetime();
    });
    this.#attached.add(site);
    const close = () => {
      this.#attached.delete(site);
      target.close();
      this.#updateLifetime();
    };
    return { site, close };
  }

  #servicesOf(target: Target, incomingElsewhere: string | null): Services {
    const resolver = new Resolver(target, this.#settings.dns);
    return { target, resolver, incoming: this.#incoming, metrics: this.#metrics, incomingElsewhere };
  }

  #updateLifetime(): void {
    const own = this.#site?.sessions ?? 0;
    const others = [...this.#attached].reduce((sum, site) => sum + site.sessions, 0);
    this.#lifetime.update(own + others, own);
  }

  /** Gives the target its traffic back first. Clients of attached agents are not told an end: those agents take over. */
  async #end(control: Control, reason: string): Promise<void> {
    this.#incoming.close();
    control.close();
    await this.#site?.end(`the agent has ended: ${reason}`);
    (await this.#role).close();
    this.#target.close();
  }
}

/** Throws `StartError` when the target has ended before the agent could begin. */
function openTarget(settings: Settings): Target {
  try {
    return new Target(settings);
  } catch (error) {
    if (error instanceof SystemError) throw new StartError(`the target cannot be watched: ${error.message}`);
    throw error;
  }
}

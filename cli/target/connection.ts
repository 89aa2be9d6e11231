/** What the internal proxy gets when a target has been opened, whatever kind the target is of. */
import type { Config } from "../../config/config.ts";
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import type { Installation } from "../session/installation.ts";
import type { EndInfo } from "./end_info.ts";
import type { Progress } from "./progress.ts";

export interface TargetOptions {
  config: Config;
  installation: Installation;
  /** The user's home folder. */
  home: string;
  progress: Progress;
  /** Takes a line that an agent of this machine says while it serves. */
  onAgentLine(line: string): void;
}

/** An agent that runs in the target's context. Several tunnels to it may be open at once. */
export interface TargetConnection {
  /** What the agent wants to hear in the link's hello; it knows only its SHA-256. */
  readonly token: Uint8Array;
  /**
   * Makes a tunnel to the agent, with fresh credentials. An agent that has ended is started again first, which may take as
   * long as the first start; a session it had is then unknown to it.
   *
   * @throws {MirrordError}
   */
  dial(): Promise<Tunnel>;
  /** The target as the user knows it: `pod/shop-5d8 (container app)`. */
  describe(): string;
  /** JSON with which the guardian can make one more tunnel when the proxy is dead. Changes when the agent does. */
  endInfo(): EndInfo;
  /** Tells from now on what happens to the target. At most one watcher. */
  watch(events: TargetEvents): void;
  /**
   * Stops watching. The agent ends by itself, a second after its last session; `last` says that it never had one, so that
   * what was made for it is removed at once.
   */
  close(last: boolean): Promise<void>;
}

export interface TargetEvents {
  /** The container runs again in the same pod: files and variables are those of this one. The agent must be told. */
  onRestart(containerId: string): void;
  /** There is another target now (a rollout, a restarted container engine's container); all tunnels were closed. */
  onMoved(description: string): void;
  /** The target is gone and will not come back; nothing of the session can be saved. */
  onGone(reason: string): void;
}

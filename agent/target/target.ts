/** The process whose place the user's program takes: its files, its variables, its life. */
import { Root } from "../files/root.ts";
import type { Credentials } from "../system/credentials.ts";
import { ESRCH } from "../system/errno.ts";
import { hostnameOf, ownHostname, ProcessWatch } from "../system/process.ts";
import { SystemError } from "../system/system_error.ts";
import { containerIdOf, findContainerProcess } from "./container.ts";
import { readIdMaps } from "./id_map.ts";
import { type ProcessStatus, readProcessStatus } from "./process_status.ts";

/** `targetless`: the agent's own pod is the target. */
export type TargetMode = "targeted" | "ephemeral" | "targetless";

export interface TargetOptions {
  mode: TargetMode;
  /** Null for targetless. */
  pid: number | null;
  sharesNetwork: boolean;
}

/** A restarted container may take a moment until its first process is there. */
const retargetWaitMs = 5_000;
const retargetPollMs = 100;

export class Target {
  readonly mode: TargetMode;
  readonly sharesNetwork: boolean;
  #pid: number | null;
  #watch: ProcessWatch | null = null;
  #root: Promise<Root> | null = null;
  #ended = false;

  constructor(options: TargetOptions) {
    this.mode = options.mode;
    this.sharesNetwork = options.sharesNetwork;
    this.#pid = options.pid;
    if (options.pid !== null) this.#watchLife(options.pid);
  }

  /** The target's process number as we see it; null for targetless. */
  get pid(): number | null {
    return this.#pid;
  }

  /** The container it runs in; null for none. */
  containerId(): Promise<string | null> {
    return this.#pid === null ? Promise.resolve(null) : containerIdOf(this.#pid);
  }

  /** Its `/`. Throws `SystemError`: `ESRCH` when it has ended, `EACCES` when we may not look into it. */
  root(): Promise<Root> {
    if (this.#ended) return Promise.reject(new SystemError("find the target", ESRCH));
    this.#root ??= this.#openRoot();
    return this.#root;
  }

  /** Who it is. Throws Deno's errors when it has ended. */
  status(): Promise<ProcessStatus> {
    return readProcessStatus(this.#pid ?? Deno.pid);
  }

  /** Whose rights decide about a file; `effective` as for everything but access(2). */
  async credentials(effective: boolean): Promise<Credentials> {
    const status = await this.status();
    return effective ? status.effective : status.real;
  }

  hostname(): Uint8Array {
    return this.#pid === null ? ownHostname() : hostnameOf(this.#pid) ?? ownHostname();
  }

  /** The bytes of /proc/PID/environ: what it was started with. Throws Deno's errors. */
  environ(): Promise<Uint8Array> {
    return Deno.readFile(`/proc/${this.#pid ?? "self"}/environ`);
  }

  /** Serves from the process that a restarted container began with. Throws `SystemError` `ESRCH` if none appears. */
  async retarget(containerId: string): Promise<void> {
    const deadline = performance.now() + retargetWaitMs;
    let pid = await findContainerProcess(containerId);
    while (pid === null) {
      if (performance.now() > deadline) throw new SystemError(`find a process of container ${containerId}`, ESRCH);
      await new Promise((resolve) => setTimeout(resolve, retargetPollMs));
      pid = await findContainerProcess(containerId);
    }
    if (pid === this.#pid && !this.#ended) return;
    this.#leave();
    this.#pid = pid;
    this.#ended = false;
    this.#watchLife(pid);
  }

  close(): void {
    this.#leave();
    this.#ended = true;
  }

  #leave(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#root?.then((root) => root.close(), () => {});
    this.#root = null;
  }

  #watchLife(pid: number): void {
    const watch = new ProcessWatch(pid);
    this.#watch = watch;
    void watch.ended.then(() => {
      if (this.#watch !== watch) return;
      this.#leave();
      this.#ended = true;
    });
  }

  async #openRoot(): Promise<Root> {
    const pid = this.#pid ?? Deno.pid;
    try {
      const [status, ids] = await Promise.all([readProcessStatus(pid), readIdMaps(pid)]);
      return await Root.open({ pid, innerPid: status.innerPid, ids });
    } catch (error) {
      this.#root = null;
      if (error instanceof Deno.errors.NotFound) throw new SystemError("find the target", ESRCH);
      throw error;
    }
  }
}

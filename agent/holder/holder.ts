/**
 * The first agent in a network namespace: its diversions are the only ones there, so clients of all agents are served by
 * it. The kernel frees the name when it dies, and another agent takes over.
 */
import type { Infer } from "../../protocol/schema.ts";
import { connTunnel, type Tunnel } from "../../protocol/link/mod.ts";
import { adoptConnection } from "../system/adopt.ts";
import { log } from "../log.ts";
import type { Site } from "../site.ts";
import type { TargetMode } from "../target/target.ts";
import { EADDRINUSE } from "../system/errno.ts";
import { SystemError } from "../system/system_error.ts";
import { acceptConnection, closeSocket, listenAbstract, peerPid } from "../system/unix_socket.ts";
import { AttachReply, Hello, holderProtocolVersion, readFrame, SessionCount, writeFrame } from "./messages.ts";
import type { Role } from "./role.ts";
import { sharesNamespace, trustIn } from "./trust.ts";

type Attach = Extract<Infer<typeof Hello>, { attach: unknown }>["attach"];

/** A target of another agent's, to be served here. */
export interface AttachedTarget {
  tokenHash: Uint8Array;
  mode: TargetMode;
  pid: number | null;
}

export interface HolderOptions {
  /** What `claim` gave. */
  listener: number;
  /** Where our own clients are served. */
  site: Site;
  /** Makes the site of an agent that attaches; `onSessions` is to be called at each change. Throws if it can't be. */
  openSite(target: AttachedTarget, onSessions: () => void): { site: Site; close(): void };
}

export class Holder implements Role {
  readonly what = "holder";
  readonly lost = Promise.withResolvers<void>().promise;
  readonly #options: HolderOptions;
  readonly #listener: number;
  readonly #attachments = new Map<bigint, Site>();
  #lastAttachment = 0n;

  constructor(options: HolderOptions) {
    this.#options = options;
    this.#listener = options.listener;
    void this.#acceptAll();
  }

  /** Takes the holder's name, an abstract one; null when there is a holder already. Throws `SystemError`. */
  static claim(name: string): number | null {
    try {
      return listenAbstract(name);
    } catch (error) {
      if (error instanceof SystemError && error.errno === EADDRINUSE) return null;
      throw error;
    }
  }

  accept(tunnel: Tunnel): Promise<void> {
    return this.#options.site.accept(tunnel);
  }

  close(): void {
    closeSocket(this.#listener);
  }

  async #acceptAll(): Promise<void> {
    for (let fd = await acceptConnection(this.#listener); fd !== null; fd = await acceptConnection(this.#listener)) {
      this.#serve(fd).catch((error) => log.warn(`another agent cannot be served: ${error}`));
    }
  }

  async #serve(fd: number): Promise<void> {
    const pid = peerPid(fd);
    if (await trustIn(pid) !== "trusted") return closeSocket(fd);
    const tunnel = connTunnel(await adoptConnection(fd));
    try {
      const hello = await readFrame(tunnel, Hello);
      if (hello === null) return;
      if ("attach" in hello) await this.#attach(tunnel, hello.attach, pid);
      else await this.#attachments.get(hello.tunnel.attachment)?.accept(tunnel);
    } finally {
      tunnel.close();
    }
  }

  /** Serves the other agent's clients until it is gone. */
  async #attach(control: Tunnel, attach: Attach, peerPid: number): Promise<void> {
    const refusal = await refusalOf(attach, peerPid);
    if (refusal !== null) return await writeFrame(control, AttachReply, { refused: { reason: refusal } });
    const target = { ...attach, mode: attach.mode as TargetMode };
    const tell = () => void writeFrame(control, SessionCount, { sessions: site.sessions }).catch(() => {});
    const { site, close } = this.#options.openSite(target, tell);
    const id = ++this.#lastAttachment;
    this.#attachments.set(id, site);
    log.info(`agent ${id} (process ${peerPid}) has attached with target process ${attach.pid}`);
    try {
      await writeFrame(control, AttachReply, { accepted: { attachment: id } });
      while (await control.read(new Uint8Array(1)) !== null);
    } finally {
      this.#attachments.delete(id);
      await site.end("the agent that the client is connected to has gone");
      close();
      log.info(`agent ${id} has gone`);
    }
  }
}

/** Why another agent's clients can't be served here; null if they can. */
async function refusalOf(attach: Attach, peerPid: number): Promise<string | null> {
  if (attach.version !== holderProtocolVersion) return "an agent of another release holds the target's network";
  // Process numbers mean the same to both only in one pid namespace.
  if (attach.pid !== null && !await sharesNamespace(peerPid, "pid")) {
    return "an agent in another pid namespace holds the target's network";
  }
  return null;
}

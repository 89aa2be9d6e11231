/** An agent that found another one in the target's network: it hands its clients' tunnels on to that holder. */
import type { Infer } from "../../protocol/schema.ts";
import { connTunnel, type Tunnel } from "../../protocol/link/mod.ts";
import { joinTunnels } from "../control/relay.ts";
import { adoptConnection } from "../system/adopt.ts";
import { connectAbstract, peerPid } from "../system/unix_socket.ts";
import { AttachReply, Hello, holderProtocolVersion, readFrame, SessionCount, writeFrame } from "./messages.ts";
import type { AttachedTarget } from "./holder.ts";
import type { Role } from "./role.ts";
import { trustIn } from "./trust.ts";

const answerTimeoutMs = 2_000;
/** A connection to a process that is just dying is taken by the kernel, and ended a moment later. */
const endingMs = 50;

/**
 * Why there is nobody to follow. `isAgent`: whoever has the name is, or may be, an agent and fetches incoming traffic.
 * `isEnding`: it has broken off, perhaps because it dies; then the name is free soon.
 */
export interface Unfit {
  isAgent: boolean;
  isEnding: boolean;
  reason: string;
}

export class Follower implements Role {
  readonly what = "follower";
  readonly lost: Promise<void>;
  readonly #name: string;
  readonly #control: Tunnel;
  readonly #attachment: bigint;

  private constructor(name: string, control: Tunnel, attachment: bigint, onSessions: (sessions: number) => void) {
    this.#name = name;
    this.#control = control;
    this.#attachment = attachment;
    this.lost = watch(control, onSessions);
  }

  /** Throws `SystemError` `ECONNREFUSED` when nobody has the name (any more). */
  static async attach(
    name: string,
    target: AttachedTarget,
    onSessions: (sessions: number) => void,
  ): Promise<Follower | Unfit> {
    const fd = connectAbstract(name);
    const pid = peerPid(fd);
    const control = connTunnel(await adoptConnection(fd));
    const trust = await trustIn(pid);
    if (trust !== "trusted") {
      const isEnding = await ends(control);
      const who = trust === "hidden" ? "a process out of our sight" : `process ${pid}, which is no agent`;
      return { isAgent: trust === "hidden", isEnding, reason: `the name of the target's agent is held by ${who}` };
    }
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      control.close();
    }, answerTimeoutMs);
    const reply = await askToAttach(control, target).finally(() => clearTimeout(timer));
    if (reply !== null && "accepted" in reply) {
      return new Follower(name, control, reply.accepted.attachment, onSessions);
    }
    control.close();
    return {
      isAgent: true,
      isEnding: reply === null && !isLate,
      reason: reply?.refused.reason ?? "the agent that holds the target's network does not answer",
    };
  }

  async accept(tunnel: Tunnel): Promise<void> {
    let onward: Tunnel;
    try {
      onward = connTunnel(await adoptConnection(connectAbstract(this.#name)));
      await writeFrame(onward, Hello, { tunnel: { attachment: this.#attachment } });
    } catch {
      // The holder is gone: the client dials again, and by then somebody has taken over.
      return tunnel.close();
    }
    await joinTunnels(tunnel, onward);
  }

  close(): void {
    this.#control.close();
  }
}

/** Whether the other end breaks off by itself, without a word. Closes the connection. */
async function ends(control: Tunnel): Promise<boolean> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    control.close();
  }, endingMs);
  await control.read(new Uint8Array(1)).catch(() => null);
  clearTimeout(timer);
  control.close();
  return !isLate;
}

/** Null when the connection ends instead. */
async function askToAttach(control: Tunnel, target: AttachedTarget): Promise<Infer<typeof AttachReply> | null> {
  try {
    await writeFrame(control, Hello, { attach: { ...target, version: holderProtocolVersion } });
    return await readFrame(control, AttachReply);
  } catch {
    return null;
  }
}

/** Passes on what the holder tells until it is gone. */
async function watch(control: Tunnel, onSessions: (sessions: number) => void): Promise<void> {
  try {
    for (;;) {
      const count = await readFrame(control, SessionCount);
      if (count === null) return;
      onSessions(count.sessions);
    }
  } catch {
    // A holder that cannot be understood is as good as none.
  } finally {
    control.close();
  }
}

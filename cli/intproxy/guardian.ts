/** The guardian: a small process that ends the session at the agent, and the program, when this proxy is killed. */
import type { EndInfo } from "../target/end_info.ts";
import type { SessionMarks } from "./processes.ts";

/** What `mirrord end-session` needs to reach the agent; a file that only the user may read. */
export interface EndOrder {
  info: EndInfo;
  /** Base64. */
  token: string;
  /** Hex digits of the link's session. */
  session: string;
  /** The session's own id: its advertisement is removed too. */
  sessionId: string;
}

export interface GuardianOptions {
  launcher: string;
  selfCommand: string[];
  programPid: number;
  /** By which all that came of the program is found. */
  marks: SessionMarks;
  sessionFolders: string[];
  /** Where the end order is written; beside the folder, which is removed first. */
  orderFile: string;
  reason: string;
}

export interface Guardian {
  /** The agent, or the session there, is another one now. */
  update(order: EndOrder): void;
  /** The session has ended in an orderly way. */
  dismiss(): Promise<void>;
}

/** Starts the guardian. Throws when it cannot be started. */
export function startGuardian(options: GuardianOptions, order: EndOrder): Guardian {
  const update = (order: EndOrder) => writeOrder(options.orderFile, order);
  update(order);
  const child = new Deno.Command(options.launcher, {
    args: ["guard"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const say = (text: string) => writer.write(new TextEncoder().encode(text)).catch(() => {});
  say(
    JSON.stringify({
      proxyPid: Deno.pid,
      programPid: options.programPid,
      marks: options.marks,
      endCommand: [...options.selfCommand, "end-session", options.orderFile],
      sessionDirs: options.sessionFolders,
      reason: options.reason,
    }) + "\n",
  );
  return {
    update,
    async dismiss() {
      await say("done\n");
      await writer.close().catch(() => {});
      await child.status;
      removeQuietly(options.orderFile);
    },
  };
}

/** Replaces the file in one step: the guardian may read it at any moment. */
function writeOrder(path: string, order: EndOrder): void {
  const partial = `${path}.new`;
  Deno.writeTextFileSync(partial, JSON.stringify(order), { mode: 0o600 });
  Deno.renameSync(partial, path);
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never written, or the guardian was first.
  }
}

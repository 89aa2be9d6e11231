/** Tells a client that a file or directory has changed. */
import { ErrnoReply } from "../../protocol/agent/messages.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import { finish } from "../finish.ts";
import { errnoOf } from "../system/errno.ts";
import { O_PATH, type OpenFile } from "../system/files.ts";
import { fileWatches } from "../system/inotify.ts";
import type { Target } from "../target/target.ts";

/** Changes that follow each other closely are told once. */
const quietMs = 20;

/** Serves one `watchFile` until the proxy ends the stream. */
export async function serveWatch(stream: Stream, target: Target, path: Uint8Array): Promise<void> {
  const file = await open(target, path);
  const changed = new Changed();
  const stop = typeof file === "number" ? file : fileWatches.watch(file, () => changed.raise());
  if (typeof file !== "number") file.close();
  const errno = typeof stop === "number" ? -stop : 0;
  try {
    await writeMessage(stream, ErrnoReply, { errno });
    if (errno !== 0) return await finish(stream);
    const ended = stream.read().catch(() => null).then(() => changed.stop());
    while (await changed.next()) await stream.write(Uint8Array.of(1));
    await ended;
    await stream.end();
  } finally {
    if (typeof stop === "function") stop();
  }
}

async function open(target: Target, path: Uint8Array): Promise<OpenFile | number> {
  try {
    return await (await target.root()).open(path, O_PATH);
  } catch (error) {
    return -errnoOf(error);
  }
}

/** A flag that somebody waits for. */
class Changed {
  #raised = false;
  #stopped = false;
  #wake: (() => void) | null = null;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** True after a change, false when it is over. */
  async next(): Promise<boolean> {
    while (!this.#raised && !this.#stopped) await new Promise<void>((resolve) => this.#wake = resolve);
    if (this.#stopped) return false;
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    this.#raised = false;
    return true;
  }
}

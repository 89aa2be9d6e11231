/** Tells a client that a file or directory has changed. */
import { ErrnoReply, FileChanges } from "../../protocol/agent/messages.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import type { Infer } from "../../protocol/schema.ts";
import { finish } from "../finish.ts";
import { errnoOf } from "../system/errno.ts";
import { O_PATH, type OpenFile } from "../system/files.ts";
import { fileWatches, IN_CLOSE_WRITE, IN_MODIFY, IN_NAMES } from "../system/inotify.ts";
import type { Target } from "../target/target.ts";

/** Changes that follow each other closely are told once. */
const quietMs = 20;
/** Names told at once; of more it is only said that something has changed. */
const namesMax = 256;

type Changes = Infer<typeof FileChanges>;

/** Serves one `watchFile` until the proxy ends the stream. */
export async function serveWatch(stream: Stream, target: Target, path: Uint8Array): Promise<void> {
  const file = await open(target, path);
  const changed = new Changed();
  const stop = typeof file === "number" ? file : fileWatches.watch(file, (mask, name) => changed.note(mask, name));
  if (typeof file !== "number") file.close();
  const errno = typeof stop === "number" ? -stop : 0;
  try {
    await writeMessage(stream, ErrnoReply, { errno });
    if (errno !== 0) return await finish(stream);
    const ended = stream.read().catch(() => null).then(() => changed.stop());
    for (let told = await changed.next(); told !== null; told = await changed.next()) {
      await writeMessage(stream, FileChanges, told);
    }
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

/** What has happened, until somebody takes it. */
class Changed {
  #raised = false;
  #stopped = false;
  #names = false;
  readonly #written = new Map<string, Changes["written"][number]>();
  #wake: (() => void) | null = null;

  note(mask: number, name: Uint8Array): void {
    this.#raised = true;
    if ((mask & IN_NAMES) !== 0) this.#names = true;
    if ((mask & (IN_MODIFY | IN_CLOSE_WRITE)) !== 0 && name.length > 0 && this.#written.size < namesMax) {
      const known = this.#written.get(name.join());
      const isClosed = (mask & IN_CLOSE_WRITE) !== 0 || known?.isClosed === true;
      this.#written.set(name.join(), { name, isClosed });
    }
    this.#wake?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** What has changed; null when it is over. */
  async next(): Promise<Changes | null> {
    while (!this.#raised && !this.#stopped) await new Promise<void>((resolve) => this.#wake = resolve);
    if (this.#stopped) return null;
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    const changes = { names: this.#names, written: [...this.#written.values()] };
    this.#raised = this.#names = false;
    this.#written.clear();
    return changes;
  }
}

/**
 * Follows what changes at the target while programs here have it open or watch it: a log that grows, a directory that gets
 * new names. The content in memory is renewed; inotify(7) and reading at the end of the file then work by themselves.
 */
import { FileChanges } from "../../../protocol/agent/messages.ts";
import { readMessage, type Stream, StreamCode } from "../../../protocol/link/mod.ts";
import type { Infer } from "../../../protocol/schema.ts";
import type { AgentLink } from "../agent_link.ts";
import type { Log } from "../log.ts";
import type { SessionTable } from "../table.ts";
import { byteKey, keyBytes } from "./byte_key.ts";
import { Editor } from "./editor.ts";
import type { OpenFiles } from "./open_files.ts";
import type { RemoteFile } from "./remote_file.ts";
import type { Shadows } from "./shadows.ts";

/** What is open for so long is followed; most files are closed again long before. */
const followedAfterMs = 700;
const lookMs = 500;
/** How often it is looked which directories are still open: that takes milliseconds. */
const lookAtDirectoriesMs = 5000;
/** At once; more are not followed. */
const followedMax = 128;

type Changes = Infer<typeof FileChanges>;

export interface FollowingOptions {
  link: AgentLink;
  table: SessionTable;
  files: OpenFiles;
  shadows: Shadows;
  log: Log;
}

/** A file, or a directory by its path. */
type Followed = RemoteFile | string;

export class Following {
  readonly #options: FollowingOptions;
  readonly #streams = new Map<Followed, Stream | null>();
  /** Directories that programs watch: of those nobody says when it is over. */
  readonly #watched = new Set<string>();
  readonly #timer: ReturnType<typeof setInterval>;
  #lookedMs = 0;

  constructor(options: FollowingOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  /** Follows a file from now on. */
  file(file: RemoteFile): void {
    this.#follow(file, file.path, () => this.renew(file));
  }

  /** Follows a directory that a program watches. */
  directory(path: Uint8Array): void {
    const name = byteKey(path);
    if (this.#watched.size < followedMax) this.#watched.add(name);
    this.#followDirectory(name);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const stream of this.#streams.values()) stream?.reset(StreamCode.cancelled);
  }

  #look(): void {
    const open = new Set(this.#options.files.all());
    for (const what of this.#streams.keys()) {
      if (typeof what !== "string" && !(open.has(what) && what.editor === null)) this.#stop(what);
    }
    for (const file of open) {
      if (performance.now() - file.openedMs > followedAfterMs && file.editor === null) this.file(file);
    }
    for (const name of this.#watched) this.#followDirectory(name);
    this.#lookAtDirectories();
  }

  /** A directory that stays open may be read once more from its beginning. */
  #lookAtDirectories(): void {
    const { shadows } = this.#options;
    const isTime = performance.now() - this.#lookedMs > lookAtDirectoriesMs;
    const followed = [...this.#streams.keys()].filter((what) => typeof what === "string" && !this.#watched.has(what));
    if (!shadows.hasNew(followedAfterMs) && !(isTime && followed.length > 0)) return;
    this.#lookedMs = performance.now();
    const open = new Set(shadows.open().map(byteKey));
    for (const name of followed) if (!open.has(name as string)) this.#stop(name);
    for (const name of open) this.#followDirectory(name);
  }

  #stop(what: Followed): void {
    this.#streams.get(what)?.reset(StreamCode.cancelled);
    this.#streams.delete(what);
  }

  #followDirectory(name: string): void {
    const path = keyBytes(name);
    this.#follow(name, path, (changes) => this.#renewDirectory(path, changes));
  }

  /** `renew` is called at once, without changes, and after each. */
  #follow(what: Followed, path: Uint8Array, renew: (changes: Changes | null) => Promise<void>): void {
    if (this.#streams.has(what) || this.#streams.size >= followedMax) return;
    this.#streams.set(what, null);
    this.#listen(what, path, renew).catch((error) => {
      this.#options.log.debug(`no longer followed: ${error}`);
      // The agent may have been restarted: at the next look it is tried again.
      this.#streams.delete(what);
    });
  }

  async #listen(
    what: Followed,
    path: Uint8Array,
    renew: (changes: Changes | null) => Promise<void>,
  ): Promise<void> {
    const { stream, reply } = await this.#options.link.open("watchFile", { path });
    if (reply.errno !== 0 || !this.#streams.has(what)) return stream.reset(StreamCode.cancelled);
    this.#streams.set(what, stream);
    for (let changes: Changes | null = null;; changes = await readMessage(stream, FileChanges)) await renew(changes);
  }

  /** Brings the content up to date, unless it is written to here. */
  async renew(file: RemoteFile): Promise<void> {
    const { link, files } = this.#options;
    await file.renew(async () => {
      const { stream, reply } = await link.open("editFile", { path: file.path, flags: 0, mode: 0 });
      if ("file" in reply && files.find(reply.file.stat) === file) {
        return { editor: new Editor(stream), stat: reply.file.stat };
      }
      stream.reset(0);
      return null;
    });
  }

  async #renewDirectory(path: Uint8Array, changes: Changes | null): Promise<void> {
    const { link, shadows } = this.#options;
    if (changes?.names ?? true) {
      const { stream, reply } = await link.open("readDirectory", { path });
      stream.reset(0);
      if ("directory" in reply) shadows.renew(path, reply.directory.entries);
    }
    if (changes !== null) shadows.written(path, changes.written);
  }
}

/**
 * Follows what changes at the target while programs here have it open or watch it: a log that grows, a directory that gets
 * new names. The content in memory is renewed; inotify(7) and reading at the end of the file then work by themselves.
 */
import { type Stream, StreamCode } from "../../../protocol/link/mod.ts";
import type { AgentLink } from "../agent_link.ts";
import type { Log } from "../log.ts";
import type { SessionTable } from "../table.ts";
import { Editor } from "./editor.ts";
import type { OpenFiles } from "./open_files.ts";
import type { RemoteFile } from "./remote_file.ts";
import type { Shadows } from "./shadow.ts";

/** What is open for so long is followed; most files are closed again long before. */
const followedAfterMs = 700;
const lookMs = 500;
/** At once; more are not followed. */
const followedMax = 128;

export interface FollowingOptions {
  link: AgentLink;
  table: SessionTable;
  files: OpenFiles;
  shadows: Shadows;
  log: Log;
}

export class Following {
  readonly #options: FollowingOptions;
  readonly #streams = new Map<RemoteFile | string, Stream | null>();
  readonly #timer: ReturnType<typeof setInterval>;

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
    this.#follow(`${path}`, path, () => this.#relist(path));
  }

  close(): void {
    clearInterval(this.#timer);
    for (const stream of this.#streams.values()) stream?.reset(StreamCode.cancelled);
  }

  #look(): void {
    const open = new Set(this.#options.files.all());
    for (const [what, stream] of this.#streams) {
      if (typeof what === "string" || (open.has(what) && what.editor === null)) continue;
      stream?.reset(StreamCode.cancelled);
      this.#streams.delete(what);
    }
    for (const file of open) {
      if (performance.now() - file.openedMs > followedAfterMs && file.editor === null) this.file(file);
    }
  }

  #follow(what: RemoteFile | string, path: Uint8Array, renew: () => Promise<void>): void {
    if (this.#streams.has(what) || this.#streams.size >= followedMax) return;
    this.#streams.set(what, null);
    this.#listen(what, path, renew).catch((error) => this.#options.log.debug(`no longer followed: ${error}`));
  }

  async #listen(what: RemoteFile | string, path: Uint8Array, renew: () => Promise<void>): Promise<void> {
    const { stream, reply } = await this.#options.link.open("watchFile", { path });
    if (reply.errno !== 0 || !this.#streams.has(what)) return stream.reset(StreamCode.cancelled);
    this.#streams.set(what, stream);
    do await renew(); while (await stream.read() !== null);
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

  async #relist(path: Uint8Array): Promise<void> {
    const { stream, reply } = await this.#options.link.open("readDirectory", { path });
    stream.reset(0);
    if ("directory" in reply) this.#options.shadows.show(path, reply.directory.entries);
  }
}

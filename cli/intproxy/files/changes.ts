/** Changes of the target's files by path, and what they mean for what programs have open. */
import type { Infer } from "../../../protocol/schema.ts";
import type { Change as AgentChangeSchema } from "../../../protocol/agent/messages.ts";
import { Errno } from "../../system/errno.ts";
import type { AgentLink } from "../agent_link.ts";
import { errnoOf } from "../errno_of.ts";
import type { RequestBody } from "../server.ts";
import type { FileIdentity, FileLocation, SessionTable, Stat } from "../table.ts";
import type { OpenFiles } from "./open_files.ts";
import type { RemoteFile } from "./remote_file.ts";
import type { Shadows } from "./shadows.ts";

type LayerChange = RequestBody<"change">["change"];
type AgentChange = Infer<typeof AgentChangeSchema>;

export interface ChangesOptions {
  link: AgentLink;
  table: SessionTable;
  files: OpenFiles;
  shadows: Shadows;
  /** Whether a path that was put together here may be written to at the target. */
  mayWrite(path: Uint8Array): boolean;
}

export class Changes {
  readonly #options: ChangesOptions;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** 0 or an errno. */
  async make(at: FileLocation, given: LayerChange): Promise<number> {
    try {
      const file = at.directory !== null && at.path.length === 0 ? this.#options.files.findLocal(at.directory) : null;
      if (file) return await this.#changeOpen(file, given as AgentChange);
      const path = this.writable(at);
      if (typeof path === "number") return path;
      const change = this.#translate(given);
      if (typeof change === "number") return change;
      // What was written before must not come to a file that is shorter by then, nor change its new times.
      if ("truncate" in change) return await this.#options.files.quietly(() => this.#ask(path, change, null));
      // Mappings are written to without a word.
      if ("setTimes" in change) await this.#options.files.flushAll(true);
      await this.#options.files.flushAt(path, ...otherPath(change));
      return await this.#ask(path, change, null);
    } catch (error) {
      return errnoOf(error);
    }
  }

  /** The absolute path, or why nothing may be changed there. */
  writable(at: FileLocation): Uint8Array | number {
    const path = this.#options.table.resolve(at);
    if (path === null) return Errno.ESTALE;
    // About absolute paths the layer has decided already, by the same rules.
    return at.directory === null || this.#options.mayWrite(path) ? path : Errno.EROFS;
  }

  #translate(change: LayerChange): AgentChange | number {
    if ("rename" in change) {
      const to = this.writable(change.rename.to);
      return typeof to === "number" ? to : { rename: { ...change.rename, to } };
    }
    if ("link" in change) {
      const to = this.writable(change.link.to);
      return typeof to === "number" ? to : { link: { ...change.link, to } };
    }
    return change;
  }

  /** What is open for writing is changed through its descriptor: its name may be gone. */
  async #changeOpen(file: RemoteFile, change: AgentChange): Promise<number> {
    if (file.editor === null) {
      const errno = await this.#ask(file.path, change, file.stat);
      return file.stat.links === 0 ? changeNameless(file, change) : errno;
    }
    if ("setTimes" in change) await this.#options.files.flush(file, true);
    return await file.perform({ change });
  }

  async #ask(path: Uint8Array, change: AgentChange, expected: FileIdentity | null): Promise<number> {
    const identity = expected === null ? null : { device: expected.device, inode: expected.inode };
    const { errno, stat } = await this.#options.link.ask("change", { path, change, expected: identity });
    if (errno !== 0) return errno;
    if (stat !== null) await this.#learn(stat, change);
    this.#showNames(path, change);
    return 0;
  }

  async #learn(stat: Stat, change: AgentChange): Promise<void> {
    const file = this.#options.files.find(stat);
    if (file === undefined) return;
    file.stat = stat;
    if ("truncate" in change) file.resized(Number(stat.size));
    await file.shown();
  }

  /** Directories that are open show their new names at once. */
  #showNames(path: Uint8Array, change: AgentChange): void {
    const { shadows, table } = this.#options;
    if ("makeDirectory" in change) shadows.added(path, directoryType);
    else if ("symlink" in change) shadows.added(path, linkType);
    else if ("makeNode" in change) shadows.added(path, (change.makeNode.mode >> 12) || regularType);
    else if ("unlink" in change || "removeDirectory" in change) shadows.removed(path);
    else if ("link" in change) shadows.added(change.link.to, regularType);
    else if ("rename" in change) {
      const { to, flags } = change.rename;
      const isExchange = (flags & RENAME_EXCHANGE) !== 0;
      shadows.renamed(path, to, isExchange);
      for (const known of [table, this.#options.files]) {
        if (isExchange) known.renamed(to, nowhere);
        known.renamed(path, to);
        if (isExchange) known.renamed(nowhere, path);
      }
    }
  }
}

/** The second path of a change, if it has one. */
function otherPath(change: AgentChange): Uint8Array[] {
  return "rename" in change ? [change.rename.to] : "link" in change ? [change.link.to] : [];
}

/** A file without a name that nobody can write to: what is changed about it is seen only by those who have it open. */
function changeNameless(file: RemoteFile, change: AgentChange): number {
  const { stat } = file;
  if ("changeMode" in change) file.stat = { ...stat, mode: (stat.mode & ~0o7777) | (change.changeMode.mode & 0o7777) };
  else if ("changeOwner" in change) {
    const { uid, gid } = change.changeOwner;
    file.stat = { ...stat, uid: uid === unchanged ? stat.uid : uid, gid: gid === unchanged ? stat.gid : gid };
  } else if ("setTimes" in change) {
    const { accessed, modified } = change.setTimes;
    file.stat = { ...stat, accessed: moment(accessed, stat.accessed), modified: moment(modified, stat.modified) };
  } else return Errno.ENODATA;
  return 0;
}

function moment(given: Stat["accessed"], before: Stat["accessed"]): Stat["accessed"] {
  if (given.nanoseconds === omitted) return before;
  if (given.nanoseconds !== now) return given;
  const ms = Date.now();
  return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * 1_000_000 };
}

const RENAME_EXCHANGE = 2;
/** A path that no file has. */
const nowhere = new TextEncoder().encode("/\0");
const unchanged = 0xffff_ffff;
const now = 0x3fff_ffff, omitted = 0x3fff_fffe;
const directoryType = 4, regularType = 8, linkType = 10;

/** Opens files of the target for programs: the content into memory that they share, a directory as its shadow. */
import type { Stream } from "../../../protocol/link/mod.ts";
import { MemoryFile } from "../../system/memory_file.ts";
import type { AgentLink } from "../agent_link.ts";
import { errnoOf } from "../errno_of.ts";
import type { SessionTable, Stat } from "../table.ts";
import { received } from "./content.ts";
import { Editor } from "./editor.ts";
import type { OpenFiles } from "./open_files.ts";
import { contentErrno, RemoteFile } from "./remote_file.ts";
import { isEndless } from "./pipes.ts";
import type { Shadow, Shadows } from "./shadow.ts";

const O_RDWR = 2;
const O_ACCMODE = 3;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_NONBLOCK = 0o4000;
const O_PATH = 0o10000000;
const O_TMPFILE = 0o20000000;
/** Flags of the program that hold for the descriptor, as far as memory and pipes know them. */
const keptFlags = O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH;

/**
 * `descriptor`: opened with the program's flags, to be handed to it; of what is no regular file there is no more than that.
 * `name`: the directory's at the target.
 */
export type Opened =
  | { errno: number }
  | { file: RemoteFile; descriptor: number }
  | { file: null; descriptor: number }
  | { directory: { stat: Stat; name: Uint8Array; shadow: Shadow } };

interface Request {
  path: Uint8Array;
  flags: number;
  mode: number;
}

/** Runs `work` while nothing else is done with the file. */
type Alone = (file: RemoteFile, work: () => Promise<void>) => Promise<void>;

/** Whether open(2) with these flags may change something. */
export function changesSomething(flags: number): boolean {
  if ((flags & O_PATH) !== 0) return false;
  return (flags & O_ACCMODE) !== 0 || (flags & (O_CREAT | O_TRUNC | O_TMPFILE)) !== 0;
}

export interface OpeningOptions {
  link: AgentLink;
  table: SessionTable;
  shadows: Shadows;
  files: OpenFiles;
  /** Makes a pipe of what goes on and on; its end for the program. */
  pipe(stream: Stream, flags: number): number;
  /** Whether the rules say that what is read at a path is the target's. */
  isTargets(path: Uint8Array): boolean;
}

export class Opening {
  readonly #link: AgentLink;
  readonly #table: SessionTable;
  readonly #shadows: Shadows;
  readonly #files: OpenFiles;
  readonly #pipe: OpeningOptions["pipe"];
  readonly #isTargets: OpeningOptions["isTargets"];

  constructor({ link, table, shadows, files, pipe, isTargets }: OpeningOptions) {
    this.#link = link;
    this.#table = table;
    this.#shadows = shadows;
    this.#files = files;
    this.#pipe = pipe;
    this.#isTargets = isTargets;
  }

  open(request: Request): Promise<Opened> {
    if ((request.flags & O_TRUNC) === 0) return this.#open(request, (file, work) => file.exclusive(work));
    // What was written before must not come to a file that is empty by then.
    return this.#files.quietly(() => this.#open(request, (file, work) => file.editor ? work() : file.exclusive(work)));
  }

  async #open(request: Request, alone: Alone): Promise<Opened> {
    try {
      const { path, flags } = request;
      const isEdited = changesSomething(flags);
      const { stream, reply } = isEdited
        ? await this.#link.open("editFile", request)
        : await this.#link.open("openFile", request);
      if ("file" in reply && isEndless(reply.file.stat)) {
        return { file: null, descriptor: this.#pipe(stream, flags & keptFlags) };
      }
      if ("file" in reply) return await this.#take(stream, reply.file.stat, request, isEdited, alone);
      stream.reset(0);
      if ("failed" in reply) return { errno: reply.failed.errno };
      const { stat, path: real, entries } = reply.directory;
      const name = this.#isTargets(real) ? real : withoutDots(path);
      const shadow = (flags & O_PATH) === 0 ? this.#shadows.show(name, entries) : this.#shadows.enter(name);
      this.#table.setFile(shadow.identity, { path: name, stat });
      return { directory: { stat, name, shadow } };
    } catch (error) {
      return { errno: contentErrno(error) };
    }
  }

  async #take(stream: Stream, stat: Stat, request: Request, isEdited: boolean, alone: Alone): Promise<Opened> {
    const known = this.#files.find(stat);
    const file = known ?? this.#make(stat, request.path);
    let descriptor = -1;
    try {
      await alone(file, async () => {
        if (isEdited) await this.#edit(file, new Editor(stream), stat, request.flags);
        else await this.#read(file, stream, stat, known !== undefined);
        if (known === undefined) this.#files.watch(file);
        // Before anybody else has a turn: until then it might be taken for unused.
        descriptor = this.#files.give(file, request.path, request.flags & keptFlags);
      });
      return { file, descriptor };
    } catch (error) {
      stream.reset(errnoOf(error));
      if (known === undefined) this.#files.drop(file);
      throw error;
    }
  }

  /** Opens a file for writing once more, after the agent was restarted; false if its path leads elsewhere by now. */
  async again(file: RemoteFile): Promise<boolean> {
    const request = { path: file.path, flags: O_RDWR, mode: 0 };
    try {
      const { stream, reply } = await this.#link.open("editFile", request);
      if ("file" in reply && this.#files.find(reply.file.stat) === file) {
        file.editAgain(new Editor(stream), reply.file.stat);
        return true;
      }
      stream.reset(0);
      return false;
    } catch {
      return false;
    }
  }

  #make(stat: Stat, path: Uint8Array): RemoteFile {
    const name = path.subarray(path.lastIndexOf(0x2f) + 1);
    const file = new RemoteFile(MemoryFile.create(name, stat.mode), path, stat);
    this.#files.add(file);
    return file;
  }

  async #read(file: RemoteFile, stream: Stream, stat: Stat, isKnown: boolean): Promise<void> {
    // While it is written to here, what is in memory is the newest.
    if (file.editor !== null || (isKnown && isSame(file.stat, stat))) return stream.reset(0);
    file.stat = stat;
    await file.fill(received(stream));
  }

  async #edit(file: RemoteFile, editor: Editor, stat: Stat, flags: number): Promise<void> {
    const isAppending = (flags & O_APPEND) !== 0;
    const isTruncated = (flags & O_TRUNC) !== 0;
    const isWritten = (flags & O_ACCMODE) !== 0;
    if (file.editor === null) {
      if (isTruncated || stat.size === 0n) file.resized(0);
      else if (file.memory.size === 0 || !isSame(file.stat, stat)) {
        await file.fill(editor.content(0, Number(stat.size)));
      }
      if (isWritten) file.edit(editor);
      else editor.close();
      file.isAppendOnly = isAppending;
    } else {
      editor.close();
      if (isTruncated) file.resized(0);
      file.isAppendOnly &&= isAppending || !isWritten;
    }
    file.stat = stat;
  }
}

/**
 * A path without "." and "..". Directories are called by their real names, except where the rules would not find the
 * target's file by it: /var/run/secrets is often /run/secrets, and /run this machine's.
 */
function withoutDots(path: Uint8Array): Uint8Array {
  const steps: string[] = [];
  for (const step of String.fromCharCode(...path).split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "" && step !== ".") steps.push(step);
  }
  return Uint8Array.from(`/${steps.join("/")}`, (character) => character.charCodeAt(0));
}

/** Whether the content cannot have changed between the two. */
export function isSame(one: Stat, other: Stat): boolean {
  const isSameTime = (a: Stat["changed"], b: Stat["changed"]) =>
    a.seconds === b.seconds && a.nanoseconds === b.nanoseconds;
  return one.size === other.size && isSameTime(one.modified, other.modified) && isSameTime(one.changed, other.changed);
}

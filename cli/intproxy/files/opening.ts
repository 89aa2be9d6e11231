/** Opens files of the target for programs: the content into memory that they share, a directory as its shadow. */
import type { Stream } from "../../../protocol/link/mod.ts";
import type { AgentLink } from "../agent_link.ts";
import type { Descriptor } from "../../system/open_again.ts";
import { errnoOf } from "../errno_of.ts";
import type { SessionTable, Stat } from "../table.ts";
import { Editor } from "./editor.ts";
import { FileInMemory } from "./file_in_memory.ts";
import type { OpenFiles } from "./open_files.ts";
import { contentErrno, type Editing, type RemoteFile } from "./remote_file.ts";
import { isEndless, type Pipes } from "./pipes.ts";
import type { Shadow } from "./shadow.ts";
import type { Shadows } from "./shadows.ts";
import type { StreamedFiles } from "./streaming/streamed_files.ts";

const O_RDWR = 2;
const O_ACCMODE = 3;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_NONBLOCK = 0o4000;
const O_PATH = 0o10000000;
const O_TMPFILE = 0o20000000;

/** Below, fetching the whole file with the answer to open(2) is faster than one more way there and back. */
const streamedAboveBytes = 1 << 20;

/** Flags of the program that hold for the descriptor, as far as what it is given knows them. */
const keptFlags = O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH;

/**
 * `descriptor`: opened with the program's flags, to be handed to it; of what is no regular file there is no more than that.
 * `name`: the directory's at the target.
 */
export type Opened =
  | { errno: number }
  | { file: RemoteFile; descriptor: Descriptor }
  | { file: null; descriptor: Descriptor }
  | { directory: { stat: Stat; name: Uint8Array; shadow: Shadow } };

type Begun =
  | Exclude<Opened, { file: RemoteFile }>
  | { file: RemoteFile | null; opening: Promise<Descriptor> };

interface Request {
  path: Uint8Array;
  flags: number;
  mode: number;
}

/** Runs `work` while nothing else is done with the file. */
type Alone = <T>(file: RemoteFile, work: () => Promise<T>) => Promise<T>;

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
  /** Null: this machine does not let us serve files. */
  streamed: StreamedFiles | null;
  pipes: Pipes;
  /** Whether the rules say that what is read at a path is the target's. */
  isTargets(path: Uint8Array): boolean;
}

export class Opening {
  readonly #link: AgentLink;
  readonly #table: SessionTable;
  readonly #shadows: Shadows;
  readonly #files: OpenFiles;
  readonly #streamed: StreamedFiles | null;
  readonly #pipes: Pipes;
  readonly #isTargets: OpeningOptions["isTargets"];

  constructor({ link, table, shadows, files, streamed, pipes, isTargets }: OpeningOptions) {
    this.#link = link;
    this.#table = table;
    this.#shadows = shadows;
    this.#files = files;
    this.#streamed = streamed;
    this.#pipes = pipes;
    this.#isTargets = isTargets;
  }

  async open(request: Request): Promise<Opened> {
    try {
      const begun = await this.#begin(request);
      if (!("opening" in begun)) return begun;
      const { file, opening } = begun;
      // With nothing held: the kernel may wait for writers here, which wait for their turn, or a FIFO for its reader.
      const descriptor = await opening;
      if (file === null) return { file, descriptor };
      await file.shown();
      return { file, descriptor };
    } catch (error) {
      return { errno: contentErrno(error) };
    }
  }

  #begin(request: Request): Promise<Begun> {
    if ((request.flags & O_TRUNC) === 0) return this.#ask(request, (file, work) => file.exclusive(work));
    // What was written before must not come to a file that is empty by then.
    return this.#files.quietly(() => this.#ask(request, (file, work) => file.editor ? work() : file.exclusive(work)));
  }

  async #ask(request: Request, alone: Alone): Promise<Begun> {
    const { path, flags } = request;
    const isEdited = changesSomething(flags);
    const { stream, reply } = isEdited
      ? await this.#link.open("editFile", request)
      : await this.#link.open("openFile", { path, flags, contentMax: BigInt(this.#streamsAbove) });
    if ("file" in reply && isEndless(reply.file.stat)) {
      if (isEdited) return { file: null, opening: this.#pipes.writing(stream, flags & keptFlags) };
      return { file: null, descriptor: this.#pipes.reading(stream, flags & keptFlags) };
    }
    if ("file" in reply) return await this.#take(stream, reply.file.stat, request, isEdited, alone);
    stream.reset(0);
    if ("failed" in reply) return { errno: reply.failed.errno };
    const { stat, path: real, entries } = reply.directory;
    const name = this.#isTargets(real) ? real : withoutDots(path);
    const shadow = (flags & O_PATH) === 0 ? this.#shadows.show(name, entries) : this.#shadows.enter(name);
    this.#table.setFile(shadow.identity, { path: name, stat });
    return { directory: { stat, name, shadow } };
  }

  async #take(stream: Stream, stat: Stat, request: Request, isEdited: boolean, alone: Alone): Promise<Begun> {
    const known = this.#files.find(stat);
    const file = known ?? this.#make(stat, request);
    try {
      return await alone(file, async () => {
        if (isEdited) await file.edit(new Editor(stream), stat, editing(request.flags));
        else await file.read(stream, stat);
        if (known === undefined) this.#files.watch(file);
        // Before anybody else has a turn: until then it might be taken for unused.
        return { file, opening: this.#files.give(file, request.path, request.flags & keptFlags) };
      });
    } catch (error) {
      stream.reset(errnoOf(error));
      if (known === undefined) this.#files.drop(file);
      throw error;
    }
  }

  /** Opens a file once more, after the agent was restarted; false if its path leads elsewhere by now. */
  async again(file: RemoteFile): Promise<boolean> {
    try {
      const { stream, reply } = file.editor === null
        ? await this.#link.open("openFile", { path: file.path, flags: 0, contentMax: 0n })
        : await this.#link.open("editFile", { path: file.path, flags: O_RDWR, mode: 0 });
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

  /** What is large comes as it is asked for, if that can be had. */
  #make(stat: Stat, { path, flags }: Request): RemoteFile {
    const isLarge = Number(stat.size) > this.#streamsAbove && (flags & O_TRUNC) === 0;
    const file = isLarge && this.#streamed !== null
      ? this.#streamed.make(path, stat)
      : new FileInMemory(path, stat, this.#streamsAbove);
    this.#files.add(file);
    return file;
  }

  /** Of files with more bytes than this the agent brings only what it is asked for. */
  get #streamsAbove(): number {
    return this.#streamed === null ? Number.MAX_SAFE_INTEGER : streamedAboveBytes;
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

function editing(flags: number): Editing {
  return {
    isAppending: (flags & O_APPEND) !== 0,
    isTruncated: (flags & O_TRUNC) !== 0,
    isWritten: (flags & O_ACCMODE) !== 0,
  };
}

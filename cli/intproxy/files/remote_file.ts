/**
 * One file of the target that programs of the session have open, however often. What they read and write is either memory
 * that all of them share (`FileInMemory`), or comes from the target as it is asked for (`StreamedFile`).
 */
import { Errno } from "../../system/errno.ts";
import type { Identity } from "../../system/identity.ts";
import type { Descriptor } from "../../system/open_again.ts";
import type { Stream } from "../../../protocol/link/mod.ts";
import { SystemError } from "../../system/libc.ts";
import { errnoOf } from "../errno_of.ts";
import type { Stat } from "../table.ts";
import type { Editor, Operation } from "./editor.ts";

/** What open(2) was told, as far as it matters for the content. */
export interface Editing {
  isAppending: boolean;
  isTruncated: boolean;
  isWritten: boolean;
}

/** The file as it is at the target now. */
export interface Renewal {
  editor: Editor;
  stat: Stat;
}

/** An answer that comes so late tells of a clock that was set back. */
const overtakenMs = 10_000;

export abstract class RemoteFile {
  /** What the kernel here tells of it: programs' descriptors are known by this. */
  abstract readonly identity: Identity;
  /** The local file that inotify(7) tells of when this one changes. */
  abstract readonly watchedPath: string;
  /** Absolute path at the target, as it was last opened. */
  path: Uint8Array;
  openedMs = performance.now();
  /** A program watches it: it is kept although nobody may have it open. */
  isFollowed = false;
  /** Somebody who could write has closed it since it was last compared. */
  wasClosed = false;
  /** Why what was written could not be brought to the target; told once. */
  failure = 0;
  /** As the target told last, at `statMs`. */
  #stat: Stat;
  #statMs = performance.now();
  #busy: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(path: Uint8Array, stat: Stat) {
    this.path = path;
    this.#stat = stat;
  }

  get stat(): Stat {
    return this.#stat;
  }

  /** Answers overtake each other: one that was true before what is known already is none. */
  set stat(stat: Stat) {
    if (this.statAgeMs < overtakenMs && isEarlier(stat.changed, this.#stat.changed)) return;
    this.#stat = stat;
    this.#statMs = performance.now();
  }

  get statAgeMs(): number {
    return performance.now() - this.#statMs;
  }

  /** Runs `work` when everything asked for before is done. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const done = this.#busy.then(work).finally(() => this.#waiting--);
    this.#busy = done.catch(() => {});
    return done;
  }

  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** An operation of the open file, after what was written; its errno. */
  perform(operation: Operation): Promise<number> {
    return this.exclusive(async () => {
      const result = await this.remote?.perform(operation) ?? Errno.EBADF;
      if (typeof result === "number") return result;
      this.learned(result);
      return 0;
    });
  }

  /** The agent has told this of the open file. */
  protected learned(stat: Stat): void {
    this.stat = stat;
  }

  /** The agent has it open; null: it has not. */
  abstract get remote(): Editor | null;

  /** The same, if it is open to be changed; null: nobody here writes to it. */
  abstract get editor(): Editor | null;
  /** Whether the target may lack something that is known to have been written: also while it is on its way. */
  abstract get isDirty(): boolean;
  /** Whether a program can still write to it. */
  abstract get mayBeWritten(): boolean;
  /** Everything that was written is known to have been found. */
  abstract get isSettled(): boolean;
  /** Whether a program has it open, or is about to. */
  abstract get hasUsers(): boolean;

  /** Opens it for a program, with its flags: the descriptor is to be handed over. Rejects with `SystemError`. */
  abstract open(flags: number): Promise<Descriptor>;
  /** Opened for reading: `stream` brings what the reply to `openFile` promises. Rejects with what reading throws. */
  abstract read(stream: Stream, stat: Stat): Promise<void>;
  /** Opened for writing. Rejects as `read`. */
  abstract edit(editor: Editor, stat: Stat, editing: Editing): Promise<void>;
  /** Goes on through another editor: the one before was lost with the agent. */
  abstract editAgain(editor: Editor, stat: Stat): void;
  abstract stopEditing(): void;
  /** The target has another length already. */
  abstract resized(size: number): void;
  /** Resolves when programs see what has changed until now. */
  abstract shown(): Promise<void>;
  /**
   * Brings to the target what was written. 0 or an errno. `isThorough`: also looks where nobody is known to have written
   * (mappings of memory are written to silently).
   */
  abstract flush(isThorough: boolean): Promise<number>;
  /** fsync(2), fdatasync(2) or close(2) of a program, as `flush.purpose` tells; `flush` was called before. 0 or an errno. */
  abstract barrier(purpose: number, flushed: number): Promise<number>;
  /** It has changed at the target, unless it is written to here. `open`: opens it there once more; null if it is gone. */
  abstract renew(open: () => Promise<Renewal | null>): Promise<void>;
  /** Lets go of everything. */
  abstract close(): void;
}

/** What a program is told when its content could not be fetched. */
export function contentErrno(error: unknown): number {
  return error instanceof SystemError && error.code === Errno.ENOSPC ? Errno.ENOMEM : errnoOf(error);
}

function isEarlier(one: Stat["changed"], other: Stat["changed"]): boolean {
  return one.seconds === other.seconds ? one.nanoseconds < other.nanoseconds : one.seconds < other.seconds;
}

/** Whether the content cannot have changed between the two. */
export function isSame(one: Stat, other: Stat): boolean {
  const isSameTime = (a: Stat["changed"], b: Stat["changed"]) =>
    a.seconds === b.seconds && a.nanoseconds === b.nanoseconds;
  return one.size === other.size && isSameTime(one.modified, other.modified) && isSameTime(one.changed, other.changed);
}

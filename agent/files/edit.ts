/** A file of the target that a program writes to: opened with the target's rights, then changed by operations. */
import type { Infer } from "../../protocol/schema.ts";
import { FileResult, OpenReply } from "../../protocol/agent/messages.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import type { Body } from "../client.ts";
import { unmasked } from "../system/changes.ts";
import { runAs } from "../system/credentials.ts";
import { EIO, EISDIR, ELOOP, ENOENT, ENXIO, EOPNOTSUPP, EPERM, errnoOf, ESTALE } from "../system/errno.ts";
import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  type OpenFile,
} from "../system/files.ts";
import type { Target } from "../target/target.ts";
import { openAttribute } from "./attributes.ts";
import { sendPart } from "./content.ts";
import { type Fifo, serveFifo } from "./fifo.ts";
import { changeFile, isFileChange } from "./file_change.ts";
import { statOf } from "./change.ts";
import { nextOperation, type Operation } from "./operations.ts";
import type { Root } from "./root.ts";
import { fileType, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK, type Stat } from "./stat.ts";

type Result = Infer<typeof FileResult>;

/** What openat2(2) is told; it refuses what it does not know. */
const passedFlags = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW | O_DIRECTORY | O_TMPFILE;

/** Serves one `editFile`: the answer, then operations in their order until the proxy ends the stream. */
export async function serveEdit(stream: Stream, target: Target, request: Body<"editFile">): Promise<void> {
  const opened = await attempt(target, request);
  if (typeof opened === "number") {
    await writeMessage(stream, OpenReply, { failed: { errno: -opened } });
    return await stream.end();
  }
  await ("fifo" in opened ? serveFifo(stream, opened.fifo) : serveOperations(stream, opened));
}

/** The answer, then operations in their order until the proxy ends the stream. Closes the file. */
export async function serveOperations(stream: Stream, { root, file, stat }: Opened): Promise<void> {
  const edited = new EditedFile(root, file);
  try {
    await writeMessage(stream, OpenReply, { file: { stat } });
    for (let operation; (operation = await nextOperation(stream)) !== null;) {
      if ("read" in operation) await sendPart(stream, file, operation.read);
      else await writeMessage(stream, FileResult, await edited.perform(operation));
    }
    await stream.end();
  } finally {
    edited.close();
  }
}

interface Opened {
  root: Root;
  file: OpenFile;
  stat: Stat;
}

async function attempt(target: Target, request: Body<"editFile">): Promise<Opened | { fifo: Fifo } | number> {
  try {
    const root = await target.root();
    const seen = await look(root, request);
    if (typeof seen === "number") return -seen;
    if (seen !== null && fileType(seen) === S_IFIFO) return await openFifo(root, target, request, seen);
    const file = await open(root, target, request);
    if (typeof file === "number") return file;
    const stat = await statOf(file, root);
    if (stat !== null) return { root, file, stat };
    file.close();
    return -EIO;
  } catch (error) {
    return -errnoOf(error);
  }
}

/**
 * The target's rights decide whether it is opened; the descriptor that is kept is ours, and can read as well: the proxy
 * needs the content of what is only written.
 */
async function open(root: Root, target: Target, { path, flags, mode }: Body<"editFile">): Promise<OpenFile | number> {
  const who = await target.credentials(true);
  const openNow = await root.openNow(path);
  const given = flags & passedFlags;
  const first = unmasked(() => runAs(who, () => openNow(given | O_NONBLOCK, mode)));
  if (typeof first === "number") return first;
  const isRead = (flags & O_ACCMODE) === O_RDONLY;
  const file = await first.reopen((isRead ? O_RDONLY : O_RDWR) | O_NONBLOCK);
  first.close();
  return file;
}

async function openFifo(
  root: Root,
  target: Target,
  { path, flags }: Body<"editFile">,
  stat: Stat,
): Promise<{ fifo: Fifo } | number> {
  const who = await target.credentials(true);
  const openNow = await root.openNow(path);
  const open = () => runAs(who, () => openNow(O_WRONLY | O_NONBLOCK | (flags & O_NOFOLLOW)));
  const first = open();
  const mayWait = first === -ENXIO && (flags & O_NONBLOCK) === 0;
  return typeof first === "number" && !mayWait ? first : { fifo: { stat, first, open } };
}

/** What is there (null: nothing, or the kernel is to say), or the errno. Has no effect on whatever the path leads to. */
async function look(root: Root, { path, flags }: Body<"editFile">): Promise<Stat | number | null> {
  const isNew = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  const handle = await root.open(path, O_PATH | (isNew ? O_NOFOLLOW : flags & O_NOFOLLOW));
  if (typeof handle === "number") return handle === -ENOENT && (flags & O_CREAT) !== 0 ? null : -handle;
  const isThere = await handle.answers() === 0;
  const stat = isThere ? await statOf(handle, root) : null;
  handle.close();
  if (stat === null) return ESTALE;
  // The kernel has its own order of errors for these.
  if ((flags & (O_EXCL | O_DIRECTORY)) !== 0) return null;
  switch (fileType(stat)) {
    case S_IFREG:
      return stat;
    case S_IFIFO:
      return (flags & O_ACCMODE) === O_WRONLY ? stat : EPERM;
    case S_IFDIR:
      return EISDIR;
    case S_IFLNK:
      return ELOOP;
    case S_IFSOCK:
      return ENXIO;
    default:
      return EPERM;
  }
}

type AskingKind = "read" | "getAttribute" | "listAttributes";
type ChangingOperation = Exclude<Operation, { [Kind in AskingKind]: Record<Kind, unknown> }[AskingKind]>;

function found(bytes: Uint8Array | number): Result {
  return typeof bytes === "number" ? { failed: { errno: -bytes } } : { bytes: { bytes } };
}

class EditedFile {
  readonly #root: Root;
  readonly #file: OpenFile;
  /** Opened when first appended to. */
  #appending: OpenFile | null = null;

  constructor(root: Root, file: OpenFile) {
    this.#root = root;
    this.#file = file;
  }

  async perform(operation: Exclude<Operation, { read: unknown }>): Promise<Result> {
    try {
      if ("getAttribute" in operation) return found(openAttribute(this.#file, operation.getAttribute.name));
      if ("listAttributes" in operation) return found(openAttribute(this.#file, null));
      const errno = -await this.#change(operation);
      if (errno !== 0) return { failed: { errno } };
      const stat = await statOf(this.#file, this.#root);
      return stat === null ? { failed: { errno: EIO } } : { done: { stat } };
    } catch (error) {
      return { failed: { errno: errnoOf(error) } };
    }
  }

  close(): void {
    this.#file.close();
    this.#appending?.close();
  }

  /** 0 or an errno as a negative number. */
  async #change(operation: ChangingOperation): Promise<number> {
    if ("write" in operation) return await writeAll(this.#file, operation.write.bytes, operation.write.offset);
    if ("append" in operation) {
      const file = await this.#appendingFile();
      return typeof file === "number" ? file : await writeAll(file, operation.append.bytes, 0n);
    }
    if ("synchronise" in operation) return await this.#file.synchronise(operation.synchronise.dataOnly);
    if ("stat" in operation) return 0;
    return isFileChange(operation.change) ? changeFile(this.#file, operation.change, this.#root.ids) : -EOPNOTSUPP;
  }

  async #appendingFile(): Promise<OpenFile | number> {
    if (this.#appending !== null) return this.#appending;
    const file = await this.#file.reopen(O_WRONLY | O_APPEND | O_NONBLOCK);
    if (typeof file !== "number") this.#appending = file;
    return file;
  }
}

async function writeAll(file: OpenFile, bytes: Uint8Array, offset: bigint): Promise<number> {
  const content = bytes as Uint8Array<ArrayBuffer>;
  for (let done = 0; done < content.length;) {
    const count = await file.writeAt(content.subarray(done), offset + BigInt(done));
    if (count < 0) return count;
    if (count === 0) return -EIO;
    done += count;
  }
  return 0;
}

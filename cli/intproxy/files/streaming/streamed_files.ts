/** A file system of the session's own, in which each large file that programs have open has a number for its name. */
import { Errno } from "../../../system/errno.ts";
import type { FuseDevice } from "../../../system/fuse_device.ts";
import { SystemError } from "../../../system/libc.ts";
import { isOwnThread } from "../../../system/process_stat.ts";
import type { Stat } from "../../table.ts";
import type { RemoteFile } from "../remote_file.ts";
import {
  attributesReply,
  entryReply,
  type Message,
  Opcode,
  openReply,
  parseAllocation,
  parseName,
  parseSize,
  parseTransfer,
  rootNode,
  rootReply,
  startReply,
  transferBytes,
  writeReply,
} from "./fuse_messages.ts";
import { FuseServer, type Reply } from "./fuse_server.ts";
import { ReadAheadBudget } from "./read_ahead.ts";
import { StreamedFile, type StreamedFileOptions } from "./streamed_file.ts";

const nothing: Uint8Array[] = [];

export class StreamedFiles {
  /** Set by who keeps all open files. */
  hooks: Pick<StreamedFileOptions, "reopen" | "onClosed"> = {
    reopen: () => Promise.resolve(false),
    onClosed: () => {},
  };
  readonly #device: FuseDevice;
  readonly #files = new Map<number, StreamedFile>();
  readonly #budget = new ReadAheadBudget();
  #lastNode = rootNode;

  /** Serves until the device is closed. */
  constructor(device: FuseDevice) {
    this.#device = device;
    void new FuseServer(device, (message) => this.#answer(message)).run();
  }

  make(path: Uint8Array, stat: Stat): StreamedFile {
    const node = ++this.#lastNode;
    const file = new StreamedFile(path, stat, {
      ...{ node, device: this.#device, budget: this.#budget },
      reopen: (file) => this.hooks.reopen(file),
      onClosed: (file) => this.hooks.onClosed(file),
    });
    this.#files.set(node, file);
    return file;
  }

  forget(file: RemoteFile): void {
    if (file instanceof StreamedFile) this.#files.delete(Number(file.identity.inode));
  }

  #answer(message: Message): Reply | Promise<Reply> {
    switch (message.opcode) {
      case Opcode.start:
        return [startReply(message.view)];
      case Opcode.lookUp:
        return [entryReply(this.#file(Number(parseName(message.view))).attributes)];
      case Opcode.getAttributes:
        return message.node === rootNode ? [rootReply()] : [attributesReply(this.#file(message.node).attributes)];
      // Numbers are never used twice, so it does not matter when the kernel forgets one.
      case Opcode.forget:
      case Opcode.batchForget:
        return null;
      case Opcode.end:
        return nothing;
      default:
        return message.node === rootNode ? Errno.ENOSYS : answerOpen(this.#file(message.node), message);
    }
  }

  #file(node: number): StreamedFile {
    const file = this.#files.get(node);
    if (file === undefined) throw new SystemError("look-up", Errno.ENOENT);
    return file;
  }
}

function answerOpen(file: StreamedFile, { opcode, thread, view }: Message): Reply | Promise<Reply> {
  switch (opcode) {
    case Opcode.open: {
      const { handle, flags } = file.opened(view.getUint32(0, true));
      return [openReply(handle, flags)];
    }
    case Opcode.read: {
      const { handle, offset, size } = parseTransfer(view);
      return file.readAt(handle, offset, size);
    }
    case Opcode.write:
      return write(file, view);
    case Opcode.release:
      file.released(Number(view.getBigUint64(0, true)));
      return nothing;
    case Opcode.flush:
      // We close what we have handed over: what went wrong is for the program to hear.
      if (isOwnThread(thread)) return nothing;
      return file.arrived(Number(view.getBigUint64(0, true))).then(() => nothing);
    case Opcode.synchronise:
      return file.synchronise(Number(view.getBigUint64(0, true)), (view.getUint32(8, true) & 1) !== 0).then(() =>
        nothing
      );
    case Opcode.setAttributes:
      return setSize(file, parseSize(view));
    case Opcode.allocate:
      return allocate(file, view);
    default:
      return Errno.ENOSYS;
  }
}

async function write(file: StreamedFile, view: DataView<ArrayBuffer>): Promise<Reply> {
  const { offset, size, flags, isMapped } = parseTransfer(view);
  // The next message comes into the same buffer.
  const bytes = new Uint8Array(view.buffer, view.byteOffset + transferBytes, size).slice();
  await file.writeAt(offset, bytes, flags, isMapped);
  return [writeReply(size)];
}

/** Times are the target's own; owner and mode are changed there by who asks the layer. */
async function setSize(file: StreamedFile, size: number | null): Promise<Reply> {
  if (size !== null) await file.truncate(size);
  return [attributesReply(file.attributes)];
}

/** Only what makes the file longer means anything. */
async function allocate(file: StreamedFile, view: DataView): Promise<Reply> {
  const { end, mode } = parseAllocation(view);
  if (mode !== 0) return Errno.EOPNOTSUPP;
  if (end > file.size) await file.truncate(end);
  return nothing;
}

/** A FIFO of the target that a program writes to: what it writes comes as appends, each answered when all of it is in. */
import type { Infer } from "../../protocol/schema.ts";
import { FileResult, OpenReply } from "../../protocol/agent/messages.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import { EAGAIN, EIO, ENXIO, EOPNOTSUPP } from "../system/errno.ts";
import type { OpenFile } from "../system/files.ts";
import { nextOperation, type Operation } from "./operations.ts";
import type { Stat } from "./stat.ts";

/** How often it is looked whether somebody reads: the kernel tells a writer only by letting it wait in open(2). */
const lookMs = 20;

/** `open`: without waiting; `-ENXIO` while nobody reads. `first`: what it said. */
export interface Fifo {
  stat: Stat;
  first: OpenFile | number;
  open(): OpenFile | number;
}

/** The answer at once; the first operation is answered when somebody reads. */
export async function serveFifo(stream: Stream, { stat, first, open }: Fifo): Promise<void> {
  let file = first;
  let isWanted = true;
  void stream.closed.then(() => {
    isWanted = false;
    if (typeof file !== "number") file.stopWaiting();
  });
  try {
    await writeMessage(stream, OpenReply, { file: { stat } });
    for (; file === -ENXIO && isWanted; file = open()) await new Promise((resolve) => setTimeout(resolve, lookMs));
    for (let operation; isWanted && (operation = await nextOperation(stream)) !== null;) {
      await writeMessage(stream, FileResult, await perform(file, operation, stat));
    }
    await stream.end();
  } finally {
    isWanted = false;
    if (typeof file !== "number") file.close();
  }
}

async function perform(file: OpenFile | number, operation: Operation, stat: Stat): Promise<Infer<typeof FileResult>> {
  if (typeof file === "number") return { failed: { errno: -file } };
  if ("stat" in operation) return { done: { stat } };
  const errno = "append" in operation ? await writeAll(file, operation.append.bytes) : EOPNOTSUPP;
  return errno === 0 ? { done: { stat } } : { failed: { errno } };
}

/** 0 or an errno. */
async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<number> {
  const content = bytes as Uint8Array<ArrayBuffer>;
  for (let done = 0; done < content.length;) {
    const count = await file.write(content.subarray(done));
    if (count > 0) done += count;
    else if (count !== -EAGAIN) return -count || EIO;
    else if (!await file.writable()) return EIO;
  }
  return 0;
}

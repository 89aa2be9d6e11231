/** What has no content but goes on and on (FIFOs, devices): the program reads it from a pipe, as fast as it likes. */
import type { Stream } from "../../../protocol/link/mod.ts";
import { StreamCode } from "../../../protocol/link/mod.ts";
import { OutgoingPipe } from "../../system/pipe.ts";
import type { Descriptor } from "../../system/open_again.ts";
import type { Poller } from "../../system/poller.ts";
import type { Log } from "../log.ts";
import type { Stat } from "../table.ts";

const typeMask = 0o170000;
const characterDevice = 0o020000, fifo = 0o010000;

export function isEndless(stat: Stat): boolean {
  return (stat.mode & typeMask) === characterDevice || (stat.mode & typeMask) === fifo;
}

/** The program's end, opened with its flags, to be handed to it. Throws `SystemError`. */
export function pipeFrom(stream: Stream, flags: number, poller: Poller, log: Log): Descriptor {
  const { pipe, reader } = OutgoingPipe.create(poller, flags);
  void pump(stream, pipe).catch((error) => {
    stream.reset(StreamCode.cancelled);
    log.debug(`a pipe's reader is gone: ${error}`);
  });
  return reader;
}

async function pump(stream: Stream, pipe: OutgoingPipe): Promise<void> {
  try {
    for (let bytes; (bytes = await stream.read()) !== null;) await pipe.write(bytes);
    await stream.end();
  } finally {
    pipe.end();
  }
}

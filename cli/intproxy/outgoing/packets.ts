/** Carries packets (SOCK_SEQPACKET) between a program's unix socket and a stream, on which each is a message. */
import { Packet } from "../../../protocol/agent/messages.ts";
import { LinkError, readMessage, type Stream, writeMessage } from "../../../protocol/link/mod.ts";
import { type Connection, nothingYet } from "../../system/connection.ts";
import { Errno } from "../../system/errno.ts";

/** Longer packets are cut; a socket's send buffer usually bounds them at some 200 KiB. */
const packetBytesMax = 256 << 10;
/** Filled between two awaits only. */
const shared = new Uint8Array(packetBytesMax);

/** Runs until either side has ended. Never rejects; the connection is closed afterwards. */
export async function relayPackets(connection: Connection, stream: Stream): Promise<void> {
  try {
    await Promise.race([upload(connection, stream), download(stream, connection)]);
    await stream.end();
  } catch {
    stream.reset(Errno.ECONNABORTED, "the program's connection has ended");
  }
  connection.close();
}

async function upload(connection: Connection, stream: Stream): Promise<void> {
  while (!connection.closed) {
    const count = connection.tryRead(shared);
    if (count === 0) return;
    if (count === nothingYet) await connection.readable();
    else await writeMessage(stream, Packet, { payload: shared.slice(0, count) });
  }
}

async function download(stream: Stream, connection: Connection): Promise<void> {
  try {
    for (;;) {
      const { payload } = await readMessage(stream, Packet);
      await connection.write(Uint8Array.from(payload));
    }
  } catch (error) {
    // The stream has ended between two packets.
    if (!(error instanceof LinkError) || error.kind !== "malformed") throw error;
  }
}

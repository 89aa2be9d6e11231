/** Carries packets between a unix socket of the target and a stream, on which each is a message. */
import { Packet } from "../../protocol/agent/messages.ts";
import { LinkError, readMessage, type Stream, writeMessage } from "../../protocol/link/mod.ts";
import { ECANCELED, errnoOf } from "../system/errno.ts";
import type { PacketSocket } from "../system/packet_socket.ts";

/** Resolves when either side has ended: packets have no half-closed connections. Never rejects. */
export async function relayPackets(socket: PacketSocket, stream: Stream): Promise<void> {
  const close = () => socket.close();
  void stream.closed.then(close);
  const end = async (direction: Promise<void>) => {
    try {
      await direction;
      await stream.end();
    } catch (error) {
      stream.reset(errnoOf(error) || ECANCELED);
    }
    close();
  };
  await Promise.all([end(sendToSocket(socket, stream)), end(receiveFromSocket(socket, stream))]);
}

async function sendToSocket(socket: PacketSocket, stream: Stream): Promise<void> {
  for (let packet; (packet = await nextPacket(stream)) !== null;) await socket.send(Uint8Array.from(packet));
}

async function receiveFromSocket(socket: PacketSocket, stream: Stream): Promise<void> {
  for (let packet; (packet = await socket.receive()) !== null;) {
    await writeMessage(stream, Packet, { payload: packet });
  }
}

/** Null when the stream has ended. */
async function nextPacket(stream: Stream): Promise<Uint8Array | null> {
  try {
    return (await readMessage(stream, Packet)).payload;
  } catch (error) {
    if (error instanceof LinkError && error.kind === "malformed") return null;
    throw error;
  }
}

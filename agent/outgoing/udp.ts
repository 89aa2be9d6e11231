/** Datagrams to one peer and back, each one message of a lossy stream. */
import { FromPeer } from "../../protocol/agent/messages.ts";
import { encode } from "../../protocol/schema.ts";
import type { Stream } from "../../protocol/link/stream.ts";
import { DatagramSocket } from "../system/datagram.ts";
import type { InternetAddress } from "../system/socket_address.ts";
import type { Connection } from "./tcp.ts";

/** Throws `SystemError`, such as for a network that cannot be reached. */
export function connectUdp(destination: InternetAddress): Connection {
  const socket = new DatagramSocket(destination);
  return { local: socket.local, peer: destination, serve: (stream) => serve(socket, stream) };
}

/** Ends with the stream. Errors that the network reports are told; the next datagram may arrive all the same. */
async function serve(socket: DatagramSocket, stream: Stream): Promise<void> {
  const close = () => socket.close();
  await Promise.all([sendToNetwork(socket, stream).finally(close), receiveFromNetwork(socket, stream)]);
}

async function sendToNetwork(socket: DatagramSocket, stream: Stream): Promise<void> {
  try {
    for (let datagram = await stream.receive(); datagram !== null; datagram = await stream.receive()) {
      socket.send(Uint8Array.from(datagram));
    }
  } finally {
    await stream.end();
  }
}

async function receiveFromNetwork(socket: DatagramSocket, stream: Stream): Promise<void> {
  for (let datagram = await socket.receive(); datagram !== null; datagram = await socket.receive()) {
    stream.send(encode(FromPeer, typeof datagram === "number" ? { failed: datagram } : { datagram }));
  }
}

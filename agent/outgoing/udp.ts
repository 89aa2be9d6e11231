/** Datagrams to one peer and back, each one message of a lossy stream. */
import type { Stream } from "../../protocol/link/stream.ts";
import { DatagramSocket } from "../system/datagram.ts";
import type { InternetAddress } from "../system/socket_address.ts";
import type { Connection } from "./tcp.ts";

/** Throws `SystemError`, such as for a network that cannot be reached. */
export function connectUdp(destination: InternetAddress): Connection {
  const socket = new DatagramSocket(destination);
  return { local: socket.local, peer: destination, serve: (stream) => serve(socket, stream) };
}

/** Ends with the stream. Errors that the network reports are no more than lost datagrams: the next one may arrive. */
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
    if (typeof datagram !== "number") stream.send(datagram);
  }
}

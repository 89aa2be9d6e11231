/** A socket that is connected to nobody: each message of its stream is a datagram with its peer. */
import { decode, encode } from "../../protocol/schema.ts";
import { Datagram, DatagramsReply } from "../../protocol/agent/messages.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import type { Body } from "../client.ts";
import { FreeDatagramSocket } from "../system/datagram.ts";
import { EAFNOSUPPORT, EINVAL } from "../system/errno.ts";
import { AF_INET, AF_INET6, type InternetAddress } from "../system/socket_address.ts";
import { SystemError } from "../system/system_error.ts";
import { internetAddress } from "./address.ts";

/** Ends with the stream. What cannot be sent is lost, as on every network. */
export async function serveDatagrams(stream: Stream, { family }: Body<"datagrams">): Promise<void> {
  if (!stream.lossy) return stream.reset(EINVAL, "datagrams travel on lossy streams");
  if (family !== AF_INET && family !== AF_INET6) throw new SystemError("socket", EAFNOSUPPORT);
  const socket = new FreeDatagramSocket(family);
  stream.send(encode(DatagramsReply, { ok: {} }));
  const close = () => socket.close();
  await Promise.all([sendToNetwork(socket, stream, family).finally(close), receiveFromNetwork(socket, stream)]);
}

async function sendToNetwork(socket: FreeDatagramSocket, stream: Stream, family: number): Promise<void> {
  try {
    for (let message = await stream.receive(); message !== null; message = await stream.receive()) {
      const { peer, payload } = decode(Datagram, message);
      const address = internetAddress(peer);
      if (address !== null && familyOf(address) === family) socket.send(Uint8Array.from(payload), address);
    }
  } finally {
    await stream.end();
  }
}

async function receiveFromNetwork(socket: FreeDatagramSocket, stream: Stream): Promise<void> {
  for (let datagram = await socket.receive(); datagram !== null; datagram = await socket.receive()) {
    stream.send(encode(Datagram, datagram));
  }
}

function familyOf(address: InternetAddress): number {
  return "v4" in address ? AF_INET : AF_INET6;
}

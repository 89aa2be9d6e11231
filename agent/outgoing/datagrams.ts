/** A socket that is connected to nobody: each message of its stream is a datagram with its peer. */
import { decode, encode } from "../../protocol/schema.ts";
import { Datagram, DatagramsReply, FromNetwork } from "../../protocol/agent/messages.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import type { Body } from "../client.ts";
import { FreeDatagramSocket } from "../system/datagram.ts";
import { EAFNOSUPPORT, EAGAIN, EINVAL } from "../system/errno.ts";
import { AF_INET, AF_INET6, formatHost, type InternetAddress, portOf } from "../system/socket_address.ts";
import { SystemError } from "../system/system_error.ts";
import { internetAddress } from "./address.ts";

/** Peers of which is remembered that they can be reached; then all are told of again. */
const toldMax = 4096;

/** Ends with the stream. What cannot be sent is lost, as on every network; that there is no way is told. */
export async function serveDatagrams(stream: Stream, { family }: Body<"datagrams">): Promise<void> {
  if (!stream.lossy) return stream.reset(EINVAL, "datagrams travel on lossy streams");
  if (family !== AF_INET && family !== AF_INET6) throw new SystemError("socket", EAFNOSUPPORT);
  const socket = new FreeDatagramSocket(family);
  stream.send(encode(DatagramsReply, { ok: {} }));
  const close = () => socket.close();
  await Promise.all([sendToNetwork(socket, stream, family).finally(close), receiveFromNetwork(socket, stream)]);
}

async function sendToNetwork(socket: FreeDatagramSocket, stream: Stream, family: number): Promise<void> {
  const told = new Set<string>();
  try {
    for (let message = await stream.receive(); message !== null; message = await stream.receive()) {
      const { peer, payload } = decode(Datagram, message);
      const address = internetAddress(peer);
      if (address === null || familyOf(address) !== family) continue;
      const errno = socket.send(Uint8Array.from(payload), address);
      if (errno !== 0 && errno !== EAGAIN) stream.send(encode(FromNetwork, { failed: { peer, errno } }));
      const key = `${formatHost(address)} ${portOf(address)}`;
      if (errno !== 0 || told.has(key)) continue;
      if (told.size >= toldMax) told.clear();
      told.add(key);
      stream.send(encode(FromNetwork, { sent: { peer } }));
    }
  } finally {
    await stream.end();
  }
}

async function receiveFromNetwork(socket: FreeDatagramSocket, stream: Stream): Promise<void> {
  for (let datagram = await socket.receive(); datagram !== null; datagram = await socket.receive()) {
    stream.send(encode(FromNetwork, { datagram }));
  }
}

function familyOf(address: InternetAddress): number {
  return "v4" in address ? AF_INET : AF_INET6;
}

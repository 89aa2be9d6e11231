/** Stream connections to the target's unix sockets. */
import { ENOENT } from "../system/errno.ts";
import { O_PATH } from "../system/files.ts";
import { PacketSocket } from "../system/packet_socket.ts";
import { SystemError } from "../system/system_error.ts";
import { relay } from "../relay.ts";
import type { Target } from "../target/target.ts";
import { relayPackets } from "./packets.ts";
import { unnamedUnixSocket } from "./address.ts";
import type { Connection } from "./tcp.ts";

/** `path`: beneath the target's root, or an abstract name (a zero byte first). Throws with the true errno. */
export async function connectUnix(target: Target, path: Uint8Array): Promise<Connection> {
  const conn = path[0] === 0 ? await connectAbstract(path) : await beneath(target, path, connectStream);
  return { local: unnamedUnixSocket, peer: { unix: { path } }, serve: (stream) => serve(conn, stream) };
}

/** As `connectUnix`, to a socket that keeps packets whole. */
export async function connectPackets(target: Target, path: Uint8Array): Promise<Connection> {
  const socket = path[0] === 0 ? new PacketSocket(path) : await beneath(target, path, openPackets);
  return { local: unnamedUnixSocket, peer: { unix: { path } }, serve: (stream) => relayPackets(socket, stream) };
}

function openPackets(path: string): Promise<PacketSocket> {
  return Promise.resolve(new PacketSocket(new TextEncoder().encode(path)));
}

/** Abstract names belong to the network namespace, which is the target's. */
function connectAbstract(path: Uint8Array): Promise<Deno.UnixConn> {
  return Deno.connect({ transport: "unix", path: new TextDecoder().decode(path) });
}

/** `connect` is given a path of ours that leads to the target's socket file. */
async function beneath<T>(target: Target, path: Uint8Array, connect: (path: string) => Promise<T>): Promise<T> {
  if (path.length === 0) throw new SystemError("connect", ENOENT);
  const socket = await (await target.root()).open(path, O_PATH);
  if (typeof socket === "number") throw new SystemError("open the socket", -socket);
  try {
    return await connect(socket.path);
  } finally {
    socket.close();
  }
}

function connectStream(path: string): Promise<Deno.UnixConn> {
  return Deno.connect({ transport: "unix", path });
}

async function serve(conn: Deno.UnixConn, stream: Parameters<Connection["serve"]>[0]): Promise<void> {
  let open = true;
  const close = () => {
    if (open) conn.close();
    open = false;
  };
  await relay(conn, stream, close);
  close();
}

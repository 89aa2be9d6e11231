/** Tunnels over sockets that Deno's own API cannot take: those that were opened by somebody else. */
import { createServer, type Server, Socket } from "node:net";
import type { Tunnel } from "../../protocol/link/mod.ts";

/** Listens at a descriptor that is bound already; each connection becomes a tunnel. Rejects when it is no listener. */
export async function listenAt(fd: number, onTunnel: (tunnel: Tunnel) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => onTunnel(socketTunnel(socket)));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ fd }, resolve);
  await promise;
  return server;
}

/** The tunnel over a connected socket, which it owns from now on. */
export function adoptTunnel(fd: number): Tunnel {
  return socketTunnel(new Socket({ fd, readable: true, writable: true }));
}

/** Never has more read ahead than the socket's own high-water mark: what nobody reads waits in the kernel. */
function socketTunnel(socket: Socket): Tunnel {
  let rest: Uint8Array | null = null;
  let ended = false;
  let wake = () => {};
  socket.on("readable", () => wake());
  for (const event of ["end", "error", "close"]) {
    socket.on(event, () => {
      ended = true;
      wake();
    });
  }
  return {
    async read(buffer) {
      for (;;) {
        const chunk: Uint8Array | null = rest ?? socket.read();
        if (chunk !== null) {
          const length = Math.min(chunk.length, buffer.length);
          buffer.set(chunk.subarray(0, length));
          rest = length < chunk.length ? chunk.subarray(length) : null;
          return length;
        }
        if (ended) return null;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    write(bytes) {
      return new Promise((resolve, reject) => {
        socket.write(bytes, (error) => error ? reject(error) : resolve());
      });
    },
    close: () => void socket.destroy(),
  };
}

/** The target's UDP services. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { address, datagramPort, elsewherePort } from "./scene.ts";

/** Both begin their answer with the sender as they see it: one answers from its port, the other from a new one. */
export async function serveDatagrams(): Promise<void> {
  await serve("udp4", address, datagramPort, (socket, message, { address, port }) => {
    socket.send(`${address}:${port} ${message}`, port, address);
  });
  await serve("udp6", "::1", datagramPort, (socket, message, { port }) => {
    socket.send(`six ${message}`, port, "::1");
  });
  const other = createSocket("udp4");
  await new Promise<void>((resolve) => other.bind(elsewherePort + 1, address, resolve));
  await serve("udp4", address, elsewherePort, (_, message, { address, port }) => {
    other.send(`elsewhere ${message}`, port, address);
  });
}

function serve(
  type: "udp4" | "udp6",
  host: string,
  port: number,
  answer: (socket: Socket, message: string, from: RemoteInfo) => void,
): Promise<void> {
  const socket = createSocket({ type, ipv6Only: type === "udp6" });
  socket.on("message", (message, from) => answer(socket, new TextDecoder().decode(message), from));
  return new Promise((resolve) => socket.bind(port, host, resolve));
}

/**
 * Holds one diversion inside a network namespace, for the tests of the makers: `diversion_holder.ts MAKER|any`.
 * Takes one command a line (`divert PORT`, `release PORT`, `ask HOST PORT` past the diversion, `close`) and answers each
 * with a line of JSON. Diverted connections get `stolen LINE from SOURCE to DESTINATION` for each line they send.
 */
import { ArrivalListener } from "../../agent/incoming/listener.ts";
import { makeDiversion } from "../../agent/incoming/diversion.ts";
import { ownedTableMaker, plainTableMaker } from "../../agent/incoming/nftables_diversion.ts";
import { skLookupMaker } from "../../agent/incoming/sk_lookup_diversion.ts";
import { libc } from "../../agent/system/libc.ts";
import { closeDescriptor, openTcpSocket, pendingError, startConnect } from "../../agent/system/socket.ts";
import { AF_INET, AF_INET6, parseAddress } from "../../agent/system/socket_address.ts";
import { commands } from "./incoming_commands.ts";
import { LineConnection } from "./incoming_lines.ts";

const makers = [skLookupMaker, ownedTableMaker, plainTableMaker].filter(({ name }) =>
  [name, "any"].includes(Deno.args[0])
);
const listener = new ArrivalListener((connection) => void answer(connection));
const diversion = makeDiversion(makers, listener.sockets);

async function answer(connection: Deno.TcpConn): Promise<void> {
  const { localAddr: to, remoteAddr: from } = connection;
  const lines = new LineConnection(connection);
  try {
    for (let line = await lines.read(); line !== null; line = await lines.read()) {
      const text = `stolen ${line} from ${from.hostname} ${from.port} to ${to.hostname} ${to.port}\n`;
      await connection.write(new TextEncoder().encode(text));
    }
  } catch {
    // The client reset the connection.
  }
  connection.close();
}

/** The first line of a connection that the diversion must let pass; blocking, as this is a test. */
function askPast(host: string, port: number): string {
  const destination = parseAddress(host, port);
  const family = "v4" in destination ? AF_INET : AF_INET6;
  const socket = openTcpSocket(family);
  const undo = diversion.exempt(socket, family);
  startConnect(socket, destination);
  poll(socket, 4);
  undo();
  if (pendingError(socket) !== 0) return `error ${pendingError(socket)}`;
  libc.send(socket, new TextEncoder().encode("exempt\n"), 7n, 0);
  poll(socket, 1);
  const buffer = new Uint8Array(200);
  const count = Number(libc.recv(socket, buffer, 200n, 0));
  closeDescriptor(socket);
  return new TextDecoder().decode(buffer.subarray(0, count)).trim();
}

function poll(socket: number, events: number): void {
  const entry = new Uint8Array(Int32Array.of(socket, events).buffer);
  libc.poll(entry, 1n, 2000);
}

function perform([command, first, second]: string[]): unknown {
  if (command === "divert") return diversion.divert(Number(first));
  if (command === "release") return diversion.release(Number(first));
  if (command === "ask") return askPast(first, Number(second));
  if (command === "close") return diversion.close();
}

console.log(JSON.stringify({ result: diversion.name }));
await commands(perform);

/** One question to one name server. */
import { DatagramSocket } from "../system/datagram.ts";
import { errnoOf } from "../system/errno.ts";
import { formatHost, type InternetAddress, portOf } from "../system/socket_address.ts";
import { describeErrno } from "../system/system_error.ts";
import { decodeResponse, type Question, type Response } from "./message.ts";

/** `useTcp`: do not try a datagram first. */
export interface ExchangeOptions {
  timeoutMs: number;
  useTcp: boolean;
}

/** What is asked. `encode` makes the message with this number, for a datagram or for a stream. */
export interface Query {
  question: Question;
  encode(id: number, isDatagram: boolean): Uint8Array<ArrayBuffer>;
}

/** A server could not be asked or did not answer. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
}

const LENGTH_BYTES = 2;

/** The server's response, whatever it says. A truncated one is asked for again by TCP. Throws `ExchangeError`. */
export async function exchange(
  server: InternetAddress,
  query: Query,
  options: ExchangeOptions,
): Promise<Response> {
  if (!options.useTcp) {
    const response = await byDatagram(server, query, options);
    if (!response.truncated) return response;
  }
  return await byStream(server, query, options);
}

async function byDatagram(server: InternetAddress, query: Query, options: ExchangeOptions): Promise<Response> {
  const id = randomId();
  let socket: DatagramSocket;
  try {
    socket = new DatagramSocket(server);
  } catch (error) {
    throw failure(server, describeErrno(errnoOf(error)));
  }
  const timer = setTimeout(() => socket.close(), options.timeoutMs);
  try {
    const refusal = socket.send(query.encode(id, true));
    if (refusal !== 0) throw failure(server, describeErrno(refusal));
    for (;;) {
      const datagram = await socket.receive();
      if (datagram === null) throw failure(server, "no answer");
      if (typeof datagram === "number") throw failure(server, describeErrno(datagram));
      const response = decodeResponse(datagram);
      if (response !== null && answers(response, id, query.question)) return response;
    }
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function byStream(server: InternetAddress, query: Query, options: ExchangeOptions): Promise<Response> {
  const id = randomId();
  const message = query.encode(id, false);
  const framed = new Uint8Array(LENGTH_BYTES + message.length);
  new DataView(framed.buffer).setUint16(0, message.length);
  framed.set(message, LENGTH_BYTES);
  const signal = AbortSignal.timeout(options.timeoutMs);
  let conn: Deno.TcpConn | null = null;
  signal.addEventListener("abort", () => conn?.close());
  try {
    conn = await Deno.connect({ hostname: formatHost(server), port: portOf(server), autoSelectFamily: false, signal });
    await writeAll(conn, framed);
    const head = await readExactly(conn, LENGTH_BYTES);
    const response = decodeResponse(await readExactly(conn, new DataView(head.buffer).getUint16(0)));
    if (response !== null && answers(response, id, query.question)) return response;
    throw failure(server, "an answer to something else");
  } catch (error) {
    if (error instanceof ExchangeError) throw error;
    throw failure(server, signal.aborted ? "no answer" : describeErrno(errnoOf(error)));
  } finally {
    if (!signal.aborted) conn?.close();
    conn = null;
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await conn.write(bytes.subarray(written));
}

async function readExactly(conn: Deno.Conn, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await conn.read(bytes.subarray(filled));
    if (count === null) throw new ExchangeError("the connection ended within the answer");
    filled += count;
  }
  return bytes;
}

/** A response belongs to a question by its number and by repeating it; anything else may be forged or late. */
function answers(response: Response, id: number, question: Question): boolean {
  const repeated = response.question;
  return response.id === id && repeated !== null && repeated.type === question.type &&
    repeated.name.toLowerCase() === question.name.toLowerCase();
}

function randomId(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0];
}

function failure(server: InternetAddress, reason: string): ExchangeError {
  return new ExchangeError(`name server ${formatHost(server)}: ${reason}`);
}

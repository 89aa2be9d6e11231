/** Requests to the agent, as the internal proxy makes them. */
import { encode, type Infer, type Schema } from "../../../protocol/schema.ts";
import { replies, Request } from "../../../protocol/agent/messages.ts";
import { type Session, type Stream, StreamError } from "../../../protocol/link/mod.ts";
import { readMessage } from "../../../protocol/link/message.ts";

type Kind = keyof typeof replies;
export type Reply<K extends Kind> = Infer<typeof replies[K]>;
export type RequestBody<K extends Kind> = Extract<Infer<typeof Request>, { [Only in K]: unknown }>[K];

const encoder = new TextEncoder();
export const bytesOf = (text: string) => encoder.encode(text);
export const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Opens a stream with a request and reads its reply; content may follow. */
export async function begin<K extends Kind>(
  session: Session,
  kind: K,
  body: RequestBody<K>,
): Promise<{ stream: Stream; reply: Reply<K> }> {
  const request = { [kind]: body } as unknown as Infer<typeof Request>;
  const stream = session.open(encode(Request, request));
  const reply = await readMessage(stream, replies[kind] as Schema<Reply<K>>);
  return { stream, reply };
}

/** A request that one message answers. */
export async function ask<K extends Kind>(session: Session, kind: K, body: RequestBody<K>): Promise<Reply<K>> {
  const { stream, reply } = await begin(session, kind, body);
  await stream.end();
  if (await stream.read() !== null) throw new Error(`bytes behind the reply to ${kind}`);
  return reply;
}

/** Everything up to the stream's end, or the code that it was reset with. */
export async function readAll(stream: Stream): Promise<Uint8Array | number> {
  const parts: Uint8Array[] = [];
  try {
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) parts.push(bytes);
  } catch (error) {
    if (error instanceof StreamError) return error.code;
    throw error;
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** The content of a file of the target, or an errno. */
export async function readFile(session: Session, path: string, flags = 0): Promise<Uint8Array | number> {
  const { stream, reply } = await begin(session, "openFile", { path: bytesOf(path), flags, contentMax: 1n << 40n });
  await stream.end();
  if ("failed" in reply) return reply.failed.errno;
  if (!("file" in reply)) throw new Error(`${path} is a directory`);
  return await readAll(stream);
}

/** A connection from the target's network; `stream` carries its bytes when `reply` is `ok`. */
export function connectTcp(session: Session, address: number[], port: number) {
  const destination = address.length === 4
    ? { v4: { address: Uint8Array.from(address), port } }
    : { v6: { address: Uint8Array.from(address), port, scope: 0 } };
  return begin(session, "connect", { socketType: 1, destination });
}

/**
 * Carries a connection that was meant for the target to the target after all: one that was on its way to us when its port
 * was released. The target sees it come from its own network.
 */
import { reset } from "./connection.ts";

const BUFFER_BYTES = 16 * 1024;

/** Resolves when the connection is over. Never rejects. */
export async function passBy(client: Deno.TcpConn): Promise<void> {
  const { hostname, port } = client.localAddr;
  let target: Deno.TcpConn | null = null;
  try {
    target = await Deno.connect({ hostname, port });
    await Promise.all([copy(client, target), copy(target, client)]);
  } catch {
    reset(client);
  } finally {
    client.close();
    target?.close();
  }
}

async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    for (let written = 0; written < count;) written += await to.write(buffer.subarray(written, count));
  }
  await to.closeWrite();
}

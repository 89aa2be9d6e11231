/** Joins two tunnels. */
import type { Tunnel } from "../../protocol/link/mod.ts";

const smallestBufferBytes = 16 * 1024;
const largestBufferBytes = 256 * 1024;

/** Carries bytes both ways until one of the two ends; then closes both. Never rejects. */
export async function joinTunnels(a: Tunnel, b: Tunnel): Promise<void> {
  const close = () => {
    a.close();
    b.close();
  };
  await Promise.all([carry(a, b).then(close, close), carry(b, a).then(close, close)]);
}

async function carry(from: Tunnel, to: Tunnel): Promise<void> {
  let buffer = new Uint8Array(smallestBufferBytes);
  for (let length = await from.read(buffer); length !== null; length = await from.read(buffer)) {
    await to.write(buffer.subarray(0, length));
    if (length === buffer.length && length < largestBufferBytes) buffer = new Uint8Array(length * 2);
  }
}

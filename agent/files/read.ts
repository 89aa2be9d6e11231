/** Whole small files of the target, for our own use. */
import { EOVERFLOW } from "../system/errno.ts";
import { O_NONBLOCK, O_RDONLY } from "../system/files.ts";
import type { Root } from "./root.ts";

const CHUNK_BYTES = 16 * 1024;

/** The content of at most `limitBytes`, or an errno as a negative number. */
export async function readSmallFile(root: Root, path: string, limitBytes: number): Promise<Uint8Array | number> {
  const file = await root.open(new TextEncoder().encode(path), O_RDONLY | O_NONBLOCK);
  if (typeof file === "number") return file;
  try {
    const content = new Uint8Array(limitBytes + 1);
    for (let length = 0;;) {
      const count = await file.read(content.subarray(length, length + CHUNK_BYTES));
      if (count < 0) return count;
      if (count === 0) return content.slice(0, length);
      length += count;
      if (length > limitBytes) return -EOVERFLOW;
    }
  } finally {
    file.close();
  }
}

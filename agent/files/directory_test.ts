import assert from "node:assert/strict";
import { parseEntries } from "./directory.ts";

/** One `struct linux_dirent64`. */
function record(inode: bigint, type: number, name: string): Uint8Array {
  const length = Math.ceil((19 + name.length + 1) / 8) * 8;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, inode, true);
  view.setUint16(16, length, true);
  bytes[18] = type;
  bytes.set(new TextEncoder().encode(name), 19);
  return bytes;
}

Deno.test("parseEntries leaves out the directory itself and its parent only", () => {
  const records = [
    record(1n, 4, "."),
    record(2n, 4, ".."),
    record(3n, 8, "..."),
    record(2n ** 40n, 10, ".x"),
    record(5n, 8, "long-name-of-a-file"),
  ];
  const entries = parseEntries(Uint8Array.from(records.flatMap((bytes) => [...bytes])));
  assert.deepEqual(
    entries.map(({ name, type, inode }) => [new TextDecoder().decode(name), type, inode]),
    [["...", 8, 3n], [".x", 10, 2n ** 40n], ["long-name-of-a-file", 8, 5n]],
  );
});

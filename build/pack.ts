/**
 * Makes the single file: the launcher's ELF image, the parts behind it, deflated, an index and a trailer.
 * The format stands in `layer/launcher/payload.zig`, which reads it.
 */
import { deflateRawSync } from "node:zlib";
import { createHash } from "node:crypto";
import { cacheFolder } from "./toolchain.ts";

/** A file to be carried: its name in the unpacked folder and where it is now. */
export interface Part {
  name: string;
  path: string;
  executable: boolean;
}

const magic = new TextEncoder().encode("MIRRPAK1");
const packLevel = 9;

/** Writes `output`: `launcher` with `parts` behind it. Returns its size in bytes. */
export async function pack(launcher: string, parts: Part[], output: string): Promise<number> {
  const image = await Deno.readFile(launcher);
  const chunks: Uint8Array[] = [image];
  const index: Uint8Array[] = [];
  const contents = createHash("sha256");
  let offset = image.length;
  for (const part of parts) {
    const raw = await Deno.readFile(part.path);
    const frame = await compress(raw);
    const mode = part.executable ? 0o755 : 0o644;
    contents.update(`${part.name}\0${mode}\0${raw.length}\0`).update(raw);
    index.push(indexEntry(part.name, mode, offset, frame.length, raw.length));
    chunks.push(frame);
    offset += frame.length;
  }
  const indexLength = index.reduce((sum, entry) => sum + entry.length, 0);
  chunks.push(...index, trailer(offset, indexLength, contents.digest()));
  await writeAll(output, chunks);
  return offset + indexLength;
}

function indexEntry(name: string, mode: number, offset: number, packedLength: number, length: number): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const entry = new Uint8Array(32 + nameBytes.length);
  const view = new DataView(entry.buffer);
  view.setBigUint64(0, BigInt(offset), true);
  view.setBigUint64(8, BigInt(packedLength), true);
  view.setBigUint64(16, BigInt(length), true);
  view.setUint32(24, mode, true);
  view.setUint32(28, nameBytes.length, true);
  entry.set(nameBytes, 32);
  return entry;
}

function trailer(indexOffset: number, indexLength: number, hash: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(56);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(indexOffset), true);
  view.setBigUint64(8, BigInt(indexLength), true);
  bytes.set(hash, 16);
  bytes.set(magic, 48);
  return bytes;
}

/** Compresses, or takes what an earlier build has compressed: the runtime never changes. */
async function compress(raw: Uint8Array): Promise<Uint8Array> {
  const cache = `${cacheFolder()}/packed`;
  const file = `${cache}/${createHash("sha256").update(raw).digest("hex")}.deflated`;
  const known = await Deno.readFile(file).catch(() => null);
  if (known) return known;
  const frame = deflateRawSync(raw, { level: packLevel });
  if (raw.length > 1 << 20) {
    await Deno.mkdir(cache, { recursive: true });
    const partial = await Deno.makeTempFile({ dir: cache });
    await Deno.writeFile(partial, frame);
    await Deno.rename(partial, file);
  }
  return frame;
}

/** Replaces `output` in one step, so that a running copy of it is not disturbed. */
async function writeAll(output: string, chunks: Uint8Array[]): Promise<void> {
  const partial = `${output}.partial`;
  using file = await Deno.open(partial, { write: true, create: true, truncate: true, mode: 0o755 });
  for (const chunk of chunks) {
    for (let written = 0; written < chunk.length;) written += await file.write(chunk.subarray(written));
  }
  await Deno.rename(partial, output);
}

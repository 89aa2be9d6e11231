/** What an executable file tells; the layer asks the same at every exec below (`layer/core/executable.zig`). */

export interface ElfFacts {
  /** Path of the dynamic loader; null for a static program. */
  interpreter: string | null;
  /** Made by something that makes system calls itself even when it is linked with the C library: Go, Bun. */
  bypassesLibrary: boolean;
  /** 32 bit, of the i386 kind. */
  isNarrow: boolean;
}

/** Gives up to `length` bytes at `offset` of the file; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

const PT_INTERP = 3;
const PT_NOTE = 4;
const EM_386 = 3;
const programHeaderBytes = 56;
const programHeaderMax = 100;
const sectionHeaderBytes = 64;
const contentMax = 4096;
/** Bun's for its scripts, and Go's description of the build. */
const tellingSections = [".bun", ".go.buildinfo"];

/** Reads an ELF file (little-endian). Null when it is no such file. */
export function readElf(readAt: ReadAt): ElfFacts | null {
  const header = readAt(0, 64);
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (header.length < 64 || !magic.every((byte, index) => header[index] === byte) || header[5] !== 1) return null;
  const view = viewOf(header);
  const facts: ElfFacts = { interpreter: null, bypassesLibrary: false, isNarrow: false };
  if (header[4] === 1) return view.getUint16(18, true) === EM_386 ? { ...facts, isNarrow: true } : null;
  if (header[4] !== 2) return null;
  takeSegments(facts, view, readAt);
  facts.bypassesLibrary ||= sectionNames(view, readAt).some((name) => tellingSections.includes(name));
  return facts;
}

function takeSegments(facts: ElfFacts, header: DataView, readAt: ReadAt): void {
  const offset = Number(header.getBigUint64(32, true));
  const count = Math.min(header.getUint16(56, true), programHeaderMax);
  for (let index = 0; index < count; index++) {
    const bytes = readAt(offset + index * header.getUint16(54, true), programHeaderBytes);
    if (bytes.length < programHeaderBytes) return;
    const segment = viewOf(bytes);
    const type = segment.getUint32(0, true);
    if (type !== PT_INTERP && type !== PT_NOTE) continue;
    const length = Math.min(Number(segment.getBigUint64(32, true)), contentMax);
    const content = readAt(Number(segment.getBigUint64(8, true)), length);
    if (type === PT_INTERP) facts.interpreter = new TextDecoder().decode(content).replace(/\0.*$/s, "");
    else if (hasGoNote(content)) facts.bypassesLibrary = true;
  }
}

function sectionNames(header: DataView, readAt: ReadAt): string[] {
  const offset = Number(header.getBigUint64(40, true));
  const bytes = readAt(offset + header.getUint16(62, true) * sectionHeaderBytes, sectionHeaderBytes);
  if (offset === 0 || bytes.length < sectionHeaderBytes) return [];
  const strings = viewOf(bytes);
  const length = Math.min(Number(strings.getBigUint64(32, true)), contentMax);
  return new TextDecoder().decode(readAt(Number(strings.getBigUint64(24, true)), length)).split("\0");
}

/** Go's linker writes a note whose owner is "Go"; stripping leaves it in place. */
function hasGoNote(notes: Uint8Array): boolean {
  const view = viewOf(notes);
  let position = 0;
  while (position + 12 <= notes.length) {
    const nameSize = view.getUint32(position, true);
    const contentSize = view.getUint32(position + 4, true);
    const name = notes.subarray(position + 12, position + 12 + nameSize);
    if (name[0] === 0x47 && name[1] === 0x6f && name[2] === 0) return true;
    position += 12 + align(nameSize) + align(contentSize);
  }
  return false;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Not by bits: sizes of 2 GiB and more would turn negative. */
function align(size: number): number {
  return Math.ceil(size / 4) * 4;
}

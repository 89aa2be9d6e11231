/** What an executable file tells; the layer asks the same at every exec below (`layer/core/executable.zig`). */

export interface ElfFacts {
  /** Path of the dynamic loader; null for a static program. */
  interpreter: string | null;
  /** Made by something that makes system calls itself even when it is linked with the C library: Go, Bun. */
  bypassesLibrary: boolean;
  /** AddressSanitizer's library refuses to run behind any other. */
  isSanitized: boolean;
  /** 32 bit, of the i386 kind. */
  isNarrow: boolean;
}

/** Gives up to `length` bytes at `offset` of the file; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_NOTE = 4;
const EM_386 = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
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
  const facts: ElfFacts = { interpreter: null, bypassesLibrary: false, isSanitized: false, isNarrow: false };
  if (header[4] === 1) return view.getUint16(18, true) === EM_386 ? { ...facts, isNarrow: true } : null;
  if (header[4] !== 2) return null;
  takeSegments(facts, view, readAt);
  facts.bypassesLibrary ||= sectionNames(view, readAt).some((name) => tellingSections.includes(name));
  return facts;
}

interface Segment {
  type: number;
  /** Where its content is loaded. */
  address: number;
  offset: number;
  content: Uint8Array;
}

function takeSegments(facts: ElfFacts, header: DataView, readAt: ReadAt): void {
  const segments = [...segmentsOf(header, readAt)];
  for (const { type, content } of segments) {
    if (type === PT_INTERP) facts.interpreter = new TextDecoder().decode(content).replace(/\0.*$/s, "");
    if (type === PT_NOTE && hasGoNote(content)) facts.bypassesLibrary = true;
    if (type === PT_DYNAMIC) facts.isSanitized = isSanitizer(content, segments, readAt);
  }
}

function* segmentsOf(header: DataView, readAt: ReadAt): Generator<Segment> {
  const place = Number(header.getBigUint64(32, true));
  const count = Math.min(header.getUint16(56, true), programHeaderMax);
  for (let index = 0; index < count; index++) {
    const bytes = readAt(place + index * header.getUint16(54, true), programHeaderBytes);
    if (bytes.length < programHeaderBytes) return;
    const segment = viewOf(bytes);
    const type = segment.getUint32(0, true);
    const offset = Number(segment.getBigUint64(8, true));
    const length = type === PT_LOAD ? 0 : Math.min(Number(segment.getBigUint64(32, true)), contentMax);
    yield { type, address: Number(segment.getBigUint64(16, true)), offset, content: readAt(offset, length) };
  }
}

/** Whether the first needed library is AddressSanitizer's, where compilers put it. */
function isSanitizer(dynamic: Uint8Array, segments: Segment[], readAt: ReadAt): boolean {
  const view = viewOf(dynamic);
  const entries = Array.from({ length: dynamic.length >> 4 }, (_, index) => ({
    tag: Number(view.getBigInt64(index * 16, true)),
    value: Number(view.getBigUint64(index * 16 + 8, true)),
  }));
  const name = entries.find(({ tag }) => tag === DT_NEEDED)?.value;
  const strings = entries.find(({ tag }) => tag === DT_STRTAB)?.value;
  if (name === undefined || strings === undefined) return false;
  const load = segments.findLast(({ type, address }) => type === PT_LOAD && address <= strings);
  if (load === undefined) return false;
  const text = readAt(strings - load.address + load.offset + name, 11);
  return new TextDecoder().decode(text) === "libasan.so.";
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

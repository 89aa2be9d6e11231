/** What the header of an executable file tells. */

export interface ElfFacts {
  /** Path of the dynamic loader; null for a static program. */
  interpreter: string | null;
  /** Built by Go, whose programs make system calls themselves. */
  isGo: boolean;
  machine: number;
}

const PT_INTERP = 3;
const PT_NOTE = 4;
const programHeaderMax = 100;

/**
 * Reads an ELF file's beginning (64 bit, little-endian; program headers and notes stand in its first page).
 *
 * @returns null when it is no such file
 */
export function readElf(header: Uint8Array): ElfFacts | null {
  const isElf = header.length >= 64 && header[0] === 0x7f && header[1] === 0x45 && header[2] === 0x4c &&
    header[3] === 0x46;
  if (!isElf || header[4] !== 2 || header[5] !== 1) return null;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const facts: ElfFacts = { interpreter: null, isGo: false, machine: view.getUint16(18, true) };
  const offset = Number(view.getBigUint64(32, true));
  const size = view.getUint16(54, true);
  const count = Math.min(view.getUint16(56, true), programHeaderMax);
  for (let index = 0; index < count; index++) {
    const start = offset + index * size;
    if (size < 56 || start + 56 > header.length) break;
    const type = view.getUint32(start, true);
    const place = Number(view.getBigUint64(start + 8, true));
    const content = header.subarray(place, place + Number(view.getBigUint64(start + 32, true)));
    if (type === PT_INTERP) facts.interpreter = new TextDecoder().decode(content).replace(/\0.*$/s, "");
    if (type === PT_NOTE && hasGoNote(content)) facts.isGo = true;
  }
  return facts;
}

/** Go's linker writes a note whose owner is "Go"; stripping leaves it in place. */
function hasGoNote(notes: Uint8Array): boolean {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.length);
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

function align(size: number): number {
  return (size + 3) & ~3;
}

/** The beginning of an ELF file with chosen facts. */

export function elfFile(facts: { interpreter?: string; noteOwner?: string; section?: string }): Uint8Array {
  const parts: { type: number; content: Uint8Array }[] = [{ type: 1, content: new Uint8Array(8) }];
  if (facts.interpreter !== undefined) parts.push({ type: 3, content: zeroTerminated(facts.interpreter) });
  if (facts.noteOwner !== undefined) parts.push({ type: 4, content: notes(["GNU", facts.noteOwner]) });
  const bytes = new Uint8Array(1024);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, parts.length, true);
  let place = 64 + 56 * parts.length;
  parts.forEach(({ type, content }, index) => {
    const start = 64 + 56 * index;
    view.setUint32(start, type, true);
    view.setBigUint64(start + 8, BigInt(place), true);
    view.setBigUint64(start + 32, BigInt(content.length), true);
    bytes.set(content, place);
    place += content.length;
  });
  if (facts.section !== undefined) writeSection(view, bytes, place, facts.section);
  return bytes;
}

/** One section, which holds the names of all. */
function writeSection(header: DataView, bytes: Uint8Array, place: number, name: string): void {
  const names = zeroTerminated(`\0.text\0${name}`);
  bytes.set(names, place);
  const section = place + names.length;
  header.setBigUint64(40, BigInt(section), true);
  header.setUint16(58, 64, true);
  header.setUint16(60, 1, true);
  header.setBigUint64(section + 24, BigInt(place), true);
  header.setBigUint64(section + 32, BigInt(names.length), true);
}

function zeroTerminated(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

function notes(owners: string[]): Uint8Array {
  const encoded = owners.flatMap((owner) => {
    const name = zeroTerminated(owner);
    const note = new Uint8Array(12 + ((name.length + 3) & ~3) + 4);
    new DataView(note.buffer).setUint32(0, name.length, true);
    new DataView(note.buffer).setUint32(4, 4, true);
    note.set(name, 12);
    return [...note];
  });
  return new Uint8Array(encoded);
}

/**
 * What the stand-in does where the real runtime part would run the embedded program from memory: unpacks the embedded files
 * into a folder, makes `Deno` look as it does in a compiled file, and runs the entry.
 *
 *   runtime.ts CACHE-FOLDER COMPILED-FILE ARGUMENT …
 */
const magic = new TextEncoder().encode("d3n0l4nd");

/** A file: `o` is where its bytes are. A folder: its entries. */
type Entry = { File: { n: string; o: [number, number] } } | { Dir: { n: string; e: Entry[] } };

interface Embedded {
  entrypoint: string;
  entries: Entry[];
  contents: Uint8Array;
}

/** Reads what `deno compile` has appended: lengths are 64-bit little-endian. */
function readEmbedded(file: Uint8Array): Embedded {
  const start = indexOf(file, magic);
  const view = new DataView(file.buffer, file.byteOffset);
  let position = start + magic.length;
  const section = () => {
    const length = Number(view.getBigUint64(position, true));
    position += 8 + length;
    return file.subarray(position - length, position);
  };
  const json = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
  const metadata = json(section());
  section(); // packages
  for (const what of ["specifiers", "redirects", "remote modules"]) {
    if (view.getUint32(position, true) !== 0) throw new Error(`${what} are embedded, which the stand-in cannot read`);
    position += 4;
  }
  return { entrypoint: metadata.entrypoint_key, entries: json(section()), contents: section() };
}

/** The section begins with the magic twice: the linker's note is named by it. */
function indexOf(file: Uint8Array, wanted: Uint8Array): number {
  for (let at = file.indexOf(wanted[0]!); at !== -1; at = file.indexOf(wanted[0]!, at + 1)) {
    if ([0, wanted.length].every((offset) => wanted.every((byte, index) => file[at + offset + index] === byte))) {
      return at + wanted.length;
    }
  }
  throw new Error("nothing is embedded");
}

function unpack(folder: string, entries: Entry[], contents: Uint8Array): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (const entry of entries) {
    if ("Dir" in entry) {
      unpack(`${folder}/${entry.Dir.n}`, entry.Dir.e, contents);
    } else {
      const [offset, length] = entry.File.o;
      Deno.writeFileSync(`${folder}/${entry.File.n}`, contents.subarray(offset, offset + length));
    }
  }
}

const [cache, file, ...args] = Deno.args;
const { ino, mtime } = Deno.statSync(file!);
const folder = `${cache}/${ino}-${mtime!.getTime()}`;
const { entrypoint, entries, contents } = readEmbedded(Deno.readFileSync(file!));
const partial = `${folder}.${Deno.pid}`;
try {
  unpack(partial, entries, contents);
  Deno.renameSync(partial, folder);
} catch {
  // Another start of the same file was first.
  Deno.removeSync(partial, { recursive: true });
}
const main = `file://${folder}/${entrypoint}`;
Object.defineProperties(Deno, {
  args: { value: args },
  build: { value: { ...Deno.build, standalone: true } },
  execPath: { value: () => file },
  mainModule: { value: main },
});
await import(main);

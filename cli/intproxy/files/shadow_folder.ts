/**
 * The folder in which the shadows of a session lie. Each has a folder of its own in it (a number), and lies there under its
 * whole name at the target: the kernel itself then tells every process where it stands at the target, and follows when the
 * directory is renamed or removed.
 *
 * Names are hard links to one empty file of each type: an entry costs its name, and 10 000 of them take some 40 ms.
 */
import { Directory, EntryType } from "../../system/directory.ts";
import type { FileIdentity } from "../table.ts";
import { foldersInUse } from "./shadows_in_use.ts";

const leftWaysMax = 256;
const slash = 0x2f;
const encoder = new TextEncoder();

/** Where a shadow lies: its number, and the names of the directories above it, and its own. */
export interface Place {
  folder: string;
  names: Uint8Array[];
}

export class ShadowFolder {
  readonly #path: string;
  readonly #folder: Directory;
  readonly #templates: Directory;
  /** By type: the zero-terminated name of the empty file that entries are links to. */
  readonly #templateNames = new Map<number, Uint8Array<ArrayBuffer>>();
  /** To shadows that were removed: who still stands in one leaves it by "..". */
  readonly #leftWays: Uint8Array[][] = [];
  #made = 0;

  /** `path` exists and is empty; its maker removes it. */
  constructor(path: string) {
    this.#path = path;
    this.#folder = Directory.open(path);
    this.#folder.makeDirectory("templates", 0o700);
    this.#templates = this.#folder.openChild("templates");
  }

  /** An empty directory under these names. */
  make(names: Uint8Array[]): { place: Place; identity: FileIdentity } {
    const folder = String(++this.#made);
    this.#folder.makeDirectory(folder, 0o755);
    const place = { folder, names };
    return { place, identity: this.inside(place, (directory) => directory.identity()) };
  }

  /** Does something in a shadow. */
  inside<T>({ folder, names }: Place, work: (directory: Directory) => T): T {
    const own = this.#folder.openChild(folder);
    const directory = own.openMade(names);
    own.close();
    try {
      return work(directory);
    } finally {
      directory.close();
    }
  }

  /** Gives a shadow other names. */
  move({ folder, names }: Place, to: Uint8Array[]): Place {
    const own = this.#folder.openChild(folder);
    const [above, newAbove] = [own.openMade(names.slice(0, -1)), own.openMade(to.slice(0, -1))];
    above.moveEntry(names.at(-1)!, newAbove, to.at(-1)!);
    own.removeEmpty(names.slice(0, -1));
    for (const directory of [own, above, newAbove]) directory.close();
    return { folder, names: to };
  }

  /** Removes an empty shadow. Where it is still open it looks like a removed directory. */
  remove({ folder, names }: Place): void {
    const way = [encoder.encode(folder), ...names];
    this.#folder.removeLast(way);
    this.#leftWays.push(way.slice(0, -1));
    if (this.#leftWays.length > leftWaysMax) this.#folder.removeEmpty(this.#leftWays.shift()!);
  }

  /** Adds an entry of a type that `Directory.makeEntry` can make. */
  addEntry(directory: Directory, name: Uint8Array, type: number): void {
    const isLinked = type !== EntryType.directory && directory.link(this.#templates, this.#template(type), name);
    if (!isLinked) directory.makeEntry(name, type);
  }

  /** The absolute path of a shadow. */
  pathOf({ folder, names }: Place): Uint8Array {
    const parts = [encoder.encode(this.#path), encoder.encode(folder), ...names];
    const path = new Uint8Array(parts.reduce((length, part) => length + part.length + 1, -1));
    let at = 0;
    for (const part of parts) {
      path.set(part, at);
      at += part.length;
      if (at < path.length) path[at++] = slash;
    }
    return path;
  }

  /** The numbers of the shadows that processes use. */
  inUse(use: "open" | "open or entered"): Set<string> {
    return foldersInUse(this.#path, use);
  }

  close(): void {
    this.#templates.close();
    this.#folder.close();
  }

  #template(type: number): Uint8Array<ArrayBuffer> {
    const known = this.#templateNames.get(type);
    if (known !== undefined) return known;
    const name = encoder.encode(`${type}\0`);
    this.#templates.makeEntry(name.subarray(0, -1), type);
    this.#templateNames.set(type, name);
    return name;
  }
}

/**
 * Shadow directories: for each remote directory that a program opens, a local one with the same names and types, so that
 * getdents() is native. What lies behind the names is asked from the agent.
 *
 * Names are hard links to one empty file of each type: an entry costs its name, and 10 000 of them take some 40 ms.
 */
import { Directory, EntryType, isEntryName } from "../../system/directory.ts";
import { BoundedMap } from "../bounded_map.ts";
import { type FileIdentity, movedPath } from "../table.ts";

/** Bounds of what all shadows of a session hold; those not opened for the longest time are emptied. */
const shadowsMax = 4096;
const entriesMax = 262_144;

const slash = 0x2f;

/** An entry of a remote directory; `type` as in `d_type`. */
export interface RemoteEntry {
  name: Uint8Array;
  type: number;
}

export interface Shadow {
  identity: FileIdentity;
  /** Absolute path of the local directory. */
  path: string;
}

interface KnownShadow extends Shadow {
  /** Name of the directory in the shadows' folder. */
  name: string;
  /** What it holds: name (one character a byte) → type. */
  entries: Map<string, number>;
}

/** Makes shadows in a folder that its caller removes. */
export class Shadows {
  readonly #path: string;
  readonly #folder: Directory;
  readonly #templates: Directory;
  readonly #shadows: BoundedMap<string, KnownShadow>;
  readonly #onForgotten: (identity: FileIdentity) => void;
  #made = 0;
  #entryCount = 0;

  /** `folder` exists and is empty. `onForgotten`: a shadow was emptied for want of room. */
  constructor(folder: string, onForgotten: (identity: FileIdentity) => void) {
    this.#path = folder;
    this.#folder = Directory.open(folder);
    this.#folder.makeDirectory("templates", 0o700);
    this.#templates = this.#folder.openChild("templates");
    this.#shadows = new BoundedMap(shadowsMax, (_, shadow) => this.#empty(shadow));
    this.#onForgotten = onForgotten;
  }

  /** The shadow of the directory at `path` with these entries. Opened again, it is brought up to date. */
  show(path: Uint8Array, remote: RemoteEntry[]): Shadow {
    const key = byteKey(path);
    const shadow = this.#shadows.get(key) ?? this.#make();
    this.#shadows.set(key, shadow);
    this.#update(shadow, new Map(remote.filter((entry) => isEntryName(entry.name)).map(keyed)));
    for (const [oldest, other] of this.#shadows.entries()) {
      if (this.#entryCount <= entriesMax || other === shadow) break;
      this.#shadows.delete(oldest);
      this.#empty(other);
    }
    return { identity: shadow.identity, path: shadow.path };
  }

  /** Something new has this path; `type` as in `d_type`. */
  added(path: Uint8Array, type: number): void {
    this.#onEntry(path, (shadow, directory, [name, shown]) => {
      if (shadow.entries.has(name)) this.#remove(shadow, directory, name);
      this.#add(shadow, directory, name, shown);
    }, type);
  }

  /** Nothing has this path any more. */
  removed(path: Uint8Array): void {
    this.#onEntry(path, (shadow, directory, [name]) => {
      if (shadow.entries.has(name)) this.#remove(shadow, directory, name);
    });
    this.#shadows.delete(byteKey(path));
  }

  /** What was at `from` is at `to` now. */
  renamed(from: Uint8Array, to: Uint8Array): void {
    let type: number = EntryType.regular;
    this.#onEntry(from, (shadow, directory, [name]) => {
      type = shadow.entries.get(name) ?? type;
      if (shadow.entries.has(name)) this.#remove(shadow, directory, name);
    });
    for (const [key, shadow] of [...this.#shadows.entries()]) {
      const moved = byteKey(movedPath(keyBytes(key), from, to));
      if (moved === key) continue;
      if (key === byteKey(from)) type = EntryType.directory;
      this.#shadows.delete(key);
      this.#shadows.set(moved, shadow);
    }
    this.added(to, type);
  }

  /** Does something to the shadow that shows the entry at `path`, if there is one. */
  #onEntry(
    path: Uint8Array,
    change: (shadow: KnownShadow, directory: Directory, entry: [name: string, type: number]) => void,
    type: number = EntryType.regular,
  ): void {
    const cut = path.lastIndexOf(slash);
    const name = path.subarray(cut + 1);
    const shadow = this.#shadows.get(byteKey(path.subarray(0, Math.max(cut, 1))));
    if (shadow === undefined || !isEntryName(name)) return;
    const directory = this.#folder.openChild(shadow.name);
    try {
      change(shadow, directory, keyed({ name, type }));
    } finally {
      directory.close();
    }
  }

  close(): void {
    this.#templates.close();
    this.#folder.close();
  }

  #make(): KnownShadow {
    const name = String(++this.#made);
    this.#folder.makeDirectory(name, 0o755);
    const directory = this.#folder.openChild(name);
    const identity = directory.identity();
    directory.close();
    return { identity, path: `${this.#path}/${name}`, name, entries: new Map() };
  }

  #update(shadow: KnownShadow, wanted: Map<string, number>): void {
    const directory = this.#folder.openChild(shadow.name);
    try {
      for (const [name, type] of shadow.entries) {
        if (wanted.get(name) !== type) this.#remove(shadow, directory, name);
      }
      for (const [name, type] of wanted) {
        if (!shadow.entries.has(name)) this.#add(shadow, directory, name, type);
      }
    } finally {
      directory.close();
    }
  }

  #add(shadow: KnownShadow, directory: Directory, name: string, type: number): void {
    const bytes = keyBytes(name);
    const isLinked = type !== EntryType.directory && directory.link(this.#templates, this.#template(type), bytes);
    if (!isLinked) directory.makeEntry(bytes, type);
    shadow.entries.set(name, type);
    this.#entryCount++;
  }

  #remove(shadow: KnownShadow, directory: Directory, name: string): void {
    directory.removeEntry(keyBytes(name), shadow.entries.get(name) === EntryType.directory);
    shadow.entries.delete(name);
    this.#entryCount--;
  }

  /** Removes a shadow that may still be open somewhere: it then looks like a removed directory. */
  #empty(shadow: KnownShadow): void {
    this.#update(shadow, new Map());
    this.#folder.removeEntry(new TextEncoder().encode(shadow.name), true);
    this.#onForgotten(shadow.identity);
  }

  readonly #templateNames = new Map<number, Uint8Array<ArrayBuffer>>();

  /** Zero-terminated name of the empty file of `type` that entries are links to. */
  #template(type: number): Uint8Array<ArrayBuffer> {
    const known = this.#templateNames.get(type);
    if (known !== undefined) return known;
    const name = new TextEncoder().encode(`${type}\0`);
    this.#templates.makeEntry(name.subarray(0, -1), type);
    this.#templateNames.set(type, name);
    return name;
  }
}

/** A type the kernel does not name (0), or a block device, which takes rights to make, is shown as a regular file. */
function keyed(entry: RemoteEntry): [string, number] {
  const isKnown = (Object.values(EntryType) as number[]).includes(entry.type) && entry.type !== EntryType.block;
  return [byteKey(entry.name), isKnown ? entry.type : EntryType.regular];
}

function byteKey(bytes: Uint8Array): string {
  let key = "";
  for (const byte of bytes) key += String.fromCharCode(byte);
  return key;
}

function keyBytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0));
}

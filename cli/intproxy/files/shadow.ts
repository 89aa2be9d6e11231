/**
 * Shadow directories: for each remote directory that a program opens or enters, a local one with the same names and types,
 * so that getdents() is native. What lies behind the names is asked from the agent.
 *
 * Each shadow has a folder of its own (a number), and lies in it under its whole name at the target: the kernel itself then
 * tells every process where it stands at the target, and follows when the directory is renamed or removed.
 *
 * Names are hard links to one empty file of each type: an entry costs its name, and 10 000 of them take some 40 ms.
 */
import { Directory, EntryType, isEntryName } from "../../system/directory.ts";
import { type FileIdentity, movedPath } from "../table.ts";
import { byteKey, keyBytes } from "./byte_key.ts";
import type { Listing } from "./look_ahead.ts";
import { foldersInUse } from "./shadows_in_use.ts";

/** Bounds of what all shadows of a session hold; of those that nobody has open, the oldest are removed. */
const shadowsMax = 4096;
const entriesMax = 262_144;
const leftWaysMax = 256;
/** Down to which part of the bounds: to look who uses them takes milliseconds. */
const keptPart = 0.8;

const slash = 0x2f;

/** An entry of a remote directory; `type` as in `d_type`. `inode`: undefined if it is not known. */
export interface RemoteEntry {
  name: Uint8Array;
  type: number;
  inode?: bigint;
}

type Entry = Omit<RemoteEntry, "name">;

export interface Shadow {
  identity: FileIdentity;
  /** Absolute path of the local directory. */
  path: Uint8Array;
}

interface KnownShadow {
  identity: FileIdentity;
  /** Its folder in the shadows' folder. */
  folder: string;
  /** Where it lies in there: the names of the directories above it, and its own. */
  names: Uint8Array[];
  /** What it holds, by name (one character a byte). */
  entries: Map<string, Entry>;
  /** When a program was shown it. */
  shownMs: number;
}

/** Makes shadows in a folder that its caller removes. Paths of the target are absolute, without "." and "..". */
export class Shadows {
  readonly #path: Uint8Array;
  readonly #folder: Directory;
  readonly #templates: Directory;
  /** By path at the target, the one that was opened last at the end. */
  readonly #shadows = new Map<string, KnownShadow>();
  readonly #onForgotten: (identity: FileIdentity) => void;
  readonly #folderName: string;
  /** To shadows that were removed: who still stands in one leaves it by "..". */
  readonly #leftWays: Uint8Array[][] = [];
  #shownMs = 0;
  #lookedMs = 0;
  #made = 0;
  #entryCount = 0;

  /** `folder` exists and is empty. `onForgotten`: a shadow was removed. */
  constructor(folder: string, onForgotten: (identity: FileIdentity) => void) {
    this.#folderName = folder;
    this.#path = new TextEncoder().encode(folder);
    this.#folder = Directory.open(folder);
    this.#folder.makeDirectory("templates", 0o700);
    this.#templates = this.#folder.openChild("templates");
    this.#onForgotten = onForgotten;
  }

  /** The shadow of the directory at `path` with these entries. Opened again, it is brought up to date. */
  show(path: Uint8Array, remote: RemoteEntry[]): Shadow {
    const shadow = this.#have(path);
    shadow.shownMs = this.#shownMs = performance.now();
    this.#update(shadow, new Map(remote.filter((entry) => isEntryName(entry.name)).map(keyed)));
    this.#makeRoom(shadow);
    return this.#told(shadow);
  }

  /** As `show`, of a directory that nobody opens now; nothing if it has no shadow any more. */
  renew(path: Uint8Array, remote: RemoteEntry[]): void {
    const shadow = this.#shadows.get(byteKey(path));
    if (shadow !== undefined) {
      this.#update(
        shadow,
        new Map(remote.filter((entry) => isEntryName(entry.name)).map(keyed)),
      );
    }
  }

  /** Whether some directory was opened at least `ageMs` ago, and after `open` was called last. */
  hasNew(ageMs: number): boolean {
    return this.#shownMs > this.#lookedMs && performance.now() - this.#shownMs > ageMs;
  }

  /** The paths of those that a process has open. */
  open(): Uint8Array[] {
    this.#lookedMs = performance.now();
    const used = foldersInUse(this.#folderName, "open");
    return [...this.#shadows].filter(([, { folder }]) => used.has(folder)).map(([key]) => keyBytes(key));
  }

  /** A shadow of the directory at `path`, for who only wants to stand in it: its entries are those last seen. */
  enter(path: Uint8Array): Shadow {
    const shadow = this.#have(path);
    this.#makeRoom(shadow);
    return this.#told(shadow);
  }

  /** What was shown of the directory at `path` (one character a byte). */
  listing(path: string): Listing | undefined {
    const shadow = this.#shadows.get(path);
    return shadow && { entries: shadow.entries, shownMs: shadow.shownMs };
  }

  /** Something new has this path; `type` as in `d_type`. */
  added(path: Uint8Array, type: number): void {
    this.#onEntry(path, (shadow, directory, [name, shown]) => {
      if (shadow.entries.has(name)) this.#remove(shadow, directory, name);
      this.#add(shadow, directory, name, shown);
    }, type);
  }

  /** Entries of the directory at `path` were written to: who watches it here is told. */
  written(path: Uint8Array, written: { name: Uint8Array; isClosed: boolean }[]): void {
    const shadow = this.#shadows.get(byteKey(path));
    if (shadow === undefined || written.length === 0) return;
    this.#inside(shadow, (directory) => {
      for (const { name, isClosed } of written) {
        if (shadow.entries.get(byteKey(name))?.type === EntryType.regular) directory.tellWritten(name, isClosed);
      }
    });
  }

  /** Nothing has this path any more. */
  removed(path: Uint8Array): void {
    this.#hide(path);
    this.#discard(byteKey(trimmed(path)));
  }

  /** What was at `from` is at `to` now, and in an exchange the other way round. */
  renamed(from: Uint8Array, to: Uint8Array, isExchange = false): void {
    if (byteKey(trimmed(from)) === byteKey(trimmed(to))) return;
    const [type, other] = [this.#typeOf(from), this.#typeOf(to)];
    if (!isExchange) {
      this.#hide(from);
      this.#discard(byteKey(trimmed(to)));
    }
    const there = (path: Uint8Array) => movedPath(path, trimmed(from), trimmed(to));
    const back = (path: Uint8Array) => isExchange ? movedPath(path, trimmed(to), trimmed(from)) : path;
    for (const [key, shadow] of [...this.#shadows]) {
      const path = keyBytes(key);
      const moved = there(path) === path ? back(path) : there(path);
      if (moved === path) continue;
      if (this.#shadows.get(key) === shadow) this.#shadows.delete(key);
      this.#shadows.set(byteKey(moved), shadow);
      this.#move(shadow, namesOf(moved));
    }
    this.added(to, type);
    if (isExchange) this.added(from, other);
  }

  close(): void {
    this.#templates.close();
    this.#folder.close();
  }

  /** Does something to the shadow that shows the entry at `path`, if there is one. */
  #onEntry(
    given: Uint8Array,
    change: (shadow: KnownShadow, directory: Directory, entry: [name: string, entry: Entry]) => void,
    type: number = EntryType.regular,
  ): void {
    const path = trimmed(given);
    const cut = path.lastIndexOf(slash);
    const name = path.subarray(cut + 1);
    const shadow = this.#shadows.get(byteKey(path.subarray(0, Math.max(cut, 1))));
    if (shadow === undefined || !isEntryName(name)) return;
    this.#inside(shadow, (directory) => change(shadow, directory, keyed({ name, type })));
  }

  #hide(path: Uint8Array): void {
    this.#onEntry(path, (shadow, directory, [name]) => {
      if (shadow.entries.has(name)) this.#remove(shadow, directory, name);
    });
  }

  /** As far as it is known. */
  #typeOf(path: Uint8Array): number {
    let type: number = EntryType.regular;
    this.#onEntry(path, (shadow, _, [name]) => type = shadow.entries.get(name)?.type ?? type);
    return this.#shadows.has(byteKey(trimmed(path))) ? EntryType.directory : type;
  }

  #have(path: Uint8Array): KnownShadow {
    const key = byteKey(path);
    const shadow = this.#shadows.get(key) ?? this.#make(namesOf(path));
    this.#shadows.delete(key);
    this.#shadows.set(key, shadow);
    return shadow;
  }

  #make(names: Uint8Array[]): KnownShadow {
    const folder = String(++this.#made);
    this.#folder.makeDirectory(folder, 0o755);
    const own = this.#folder.openChild(folder);
    const directory = own.openMade(names);
    const identity = directory.identity();
    directory.close();
    own.close();
    return { identity, folder, names, entries: new Map(), shownMs: -Infinity };
  }

  #told({ identity, folder, names }: KnownShadow): Shadow {
    const parts = [this.#path, new TextEncoder().encode(folder), ...names];
    const path = new Uint8Array(parts.reduce((length, part) => length + part.length + 1, -1));
    let at = 0;
    for (const part of parts) {
      path.set(part, at);
      at += part.length;
      if (at < path.length) path[at++] = slash;
    }
    return { identity, path };
  }

  #move(shadow: KnownShadow, names: Uint8Array[]): void {
    const own = this.#folder.openChild(shadow.folder);
    const [from, to] = [own.openMade(shadow.names.slice(0, -1)), own.openMade(names.slice(0, -1))];
    from.moveEntry(shadow.names.at(-1)!, to, names.at(-1)!);
    own.removeEmpty(shadow.names.slice(0, -1));
    for (const directory of [own, from, to]) directory.close();
    shadow.names = names;
  }

  #inside(shadow: KnownShadow, work: (directory: Directory) => void): void {
    const own = this.#folder.openChild(shadow.folder);
    const directory = own.openMade(shadow.names);
    own.close();
    try {
      work(directory);
    } finally {
      directory.close();
    }
  }

  /** Removes the oldest that no process has open or stands in, if there are too many. */
  #makeRoom(latest: KnownShadow): void {
    const isWithin = (part: number) => this.#shadows.size <= part * shadowsMax && this.#entryCount <= part * entriesMax;
    if (isWithin(1)) return;
    const used = foldersInUse(this.#folderName, "open or entered");
    for (const [key, shadow] of [...this.#shadows]) {
      if (isWithin(keptPart)) return;
      if (shadow !== latest && !used.has(shadow.folder)) this.#discard(key);
    }
  }

  /** Removes a shadow. Where it is still open it looks like a removed directory. */
  #discard(key: string): void {
    const shadow = this.#shadows.get(key);
    if (shadow === undefined) return;
    this.#shadows.delete(key);
    this.#inside(shadow, (directory) => this.#change(shadow, directory, new Map()));
    const way = [new TextEncoder().encode(shadow.folder), ...shadow.names];
    this.#folder.removeLast(way);
    this.#leftWays.push(way.slice(0, -1));
    if (this.#leftWays.length > leftWaysMax) this.#folder.removeEmpty(this.#leftWays.shift()!);
    this.#onForgotten(shadow.identity);
  }

  #update(shadow: KnownShadow, wanted: Map<string, Entry>): void {
    this.#inside(shadow, (directory) => this.#change(shadow, directory, wanted));
  }

  #change(shadow: KnownShadow, directory: Directory, wanted: Map<string, Entry>): void {
    for (const [name, entry] of shadow.entries) {
      if (!isSame(entry, wanted.get(name))) this.#remove(shadow, directory, name);
    }
    for (const [name, entry] of wanted) {
      const known = shadow.entries.get(name);
      if (known === undefined) this.#add(shadow, directory, name, entry);
      else known.inode = entry.inode;
    }
  }

  #add(shadow: KnownShadow, directory: Directory, name: string, entry: Entry): void {
    const { type } = entry;
    const bytes = keyBytes(name);
    const isLinked = type !== EntryType.directory && directory.link(this.#templates, this.#template(type), bytes);
    if (!isLinked) directory.makeEntry(bytes, type);
    shadow.entries.set(name, entry);
    this.#entryCount++;
  }

  #remove(shadow: KnownShadow, directory: Directory, name: string): void {
    directory.removeEntry(keyBytes(name), shadow.entries.get(name)?.type === EntryType.directory);
    shadow.entries.delete(name);
    this.#entryCount--;
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
function keyed({ name, type, inode }: RemoteEntry): [string, Entry] {
  const isKnown = (Object.values(EntryType) as number[]).includes(type) && type !== EntryType.block;
  return [byteKey(name), { type: isKnown ? type : EntryType.regular, inode }];
}

/** Another file under the same name is another entry: who watches must see it come. */
function isSame(one: Entry, other: Entry | undefined): boolean {
  if (other === undefined || one.type !== other.type) return false;
  return one.inode === undefined || other.inode === undefined || one.inode === other.inode;
}

/** The names of the directories on the way, and the last one's; none for "/". */
function namesOf(path: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let start = 0; start < path.length;) {
    const next = path.indexOf(slash, start);
    const end = next < 0 ? path.length : next;
    if (end > start) names.push(path.slice(start, end));
    start = end + 1;
  }
  return names;
}

/** Without slashes at the end. */
function trimmed(path: Uint8Array): Uint8Array {
  let end = path.length;
  while (end > 1 && path[end - 1] === slash) end--;
  return path.subarray(0, end);
}

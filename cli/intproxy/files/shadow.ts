/** One shadow: a local directory with the names and types of a remote one. */
import { type Directory, EntryType, isEntryName } from "../../system/directory.ts";
import type { FileIdentity } from "../table.ts";
import { byteKey, keyBytes } from "./byte_key.ts";
import type { Place, ShadowFolder } from "./shadow_folder.ts";

/** An entry of a remote directory; `type` as in `d_type`. `inode`: undefined if it is not known. */
export interface RemoteEntry {
  name: Uint8Array;
  type: number;
  inode?: bigint;
}

type Entry = Omit<RemoteEntry, "name">;

export class Shadow {
  readonly identity: FileIdentity;
  /** When a program was shown it. */
  shownMs = -Infinity;
  readonly #folder: ShadowFolder;
  readonly #entries = new Map<string, Entry>();
  #place: Place;

  constructor(folder: ShadowFolder, names: Uint8Array[]) {
    const { place, identity } = folder.make(names);
    this.#folder = folder;
    this.#place = place;
    this.identity = identity;
  }

  /** What it holds, by name (one character a byte). */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** Absolute path of the local directory. */
  get path(): Uint8Array {
    return this.#folder.pathOf(this.#place);
  }

  /** The number by which `ShadowFolder.inUse` knows it. */
  get number(): string {
    return this.#place.folder;
  }

  /** Makes it hold these entries; names that cannot be entries are left out. */
  update(remote: readonly RemoteEntry[]): void {
    const wanted = new Map(remote.filter(({ name }) => isEntryName(name)).map(keyed));
    this.#folder.inside(this.#place, (directory) => {
      for (const [name, entry] of this.#entries) {
        if (!isSame(entry, wanted.get(name))) this.#remove(directory, name);
      }
      for (const [name, entry] of wanted) {
        const known = this.#entries.get(name);
        if (known === undefined) this.#add(directory, name, entry);
        else known.inode = entry.inode;
      }
    });
  }

  /** Shows an entry, in place of one with the same name. */
  add(entry: RemoteEntry): void {
    const [name, shown] = keyed(entry);
    this.#folder.inside(this.#place, (directory) => {
      if (this.#entries.has(name)) this.#remove(directory, name);
      this.#add(directory, name, shown);
    });
  }

  remove(name: Uint8Array): void {
    if (!this.#entries.has(byteKey(name))) return;
    this.#folder.inside(this.#place, (directory) => this.#remove(directory, byteKey(name)));
  }

  /** Regular files in it were written to: who watches the directory is told. */
  tellWritten(written: readonly { name: Uint8Array; isClosed: boolean }[]): void {
    this.#folder.inside(this.#place, (directory) => {
      for (const { name, isClosed } of written) {
        if (this.#entries.get(byteKey(name))?.type === EntryType.regular) directory.tellWritten(name, isClosed);
      }
    });
  }

  /** It has other names at the target now. */
  moveTo(names: Uint8Array[]): void {
    this.#place = this.#folder.move(this.#place, names);
  }

  /** Empties and removes it. */
  discard(): void {
    this.update([]);
    this.#folder.remove(this.#place);
  }

  #add(directory: Directory, name: string, entry: Entry): void {
    this.#folder.addEntry(directory, keyBytes(name), entry.type);
    this.#entries.set(name, entry);
  }

  #remove(directory: Directory, name: string): void {
    directory.removeEntry(keyBytes(name), this.#entries.get(name)?.type === EntryType.directory);
    this.#entries.delete(name);
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

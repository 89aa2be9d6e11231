/**
 * Shadow directories: for each remote directory that a program opens or enters, a local one with the same names and types,
 * so that getdents() is native. What lies behind the names is asked from the agent.
 */
import { EntryType, isEntryName } from "../../system/directory.ts";
import { type FileIdentity, movedPath } from "../table.ts";
import { byteKey, keyBytes } from "./byte_key.ts";
import type { Listing } from "./look_ahead.ts";
import { type RemoteEntry, Shadow } from "./shadow.ts";
import { ShadowFolder } from "./shadow_folder.ts";

/** Bounds of what all shadows of a session hold; of those that nobody has open, the oldest are removed. */
const shadowsMax = 4096;
const entriesMax = 262_144;
/** Down to which part of the bounds: to look who uses them takes milliseconds. */
const keptPart = 0.8;

const slash = 0x2f;

/** All shadows of a session. Paths of the target are absolute, without "." and "..". */
export class Shadows {
  readonly #folder: ShadowFolder;
  /** By path at the target, the one that was opened last at the end. */
  readonly #shadows = new Map<string, Shadow>();
  readonly #onForgotten: (identity: FileIdentity) => void;
  #shownMs = 0;
  #lookedMs = 0;

  /** `folder` exists and is empty; its maker removes it. `onForgotten`: a shadow was removed. */
  constructor(folder: string, onForgotten: (identity: FileIdentity) => void) {
    this.#folder = new ShadowFolder(folder);
    this.#onForgotten = onForgotten;
  }

  /** The shadow of the directory at `path` with these entries. Opened again, it is brought up to date. */
  show(path: Uint8Array, remote: RemoteEntry[]): Shadow {
    const shadow = this.#have(path);
    shadow.shownMs = this.#shownMs = performance.now();
    shadow.update(remote);
    this.#makeRoom(shadow);
    return shadow;
  }

  /** As `show`, of a directory that nobody opens now; nothing if it has no shadow any more. */
  renew(path: Uint8Array, remote: RemoteEntry[]): void {
    this.#shadows.get(byteKey(path))?.update(remote);
  }

  /** A shadow of the directory at `path`, for who only wants to stand in it: its entries are those last seen. */
  enter(path: Uint8Array): Shadow {
    const shadow = this.#have(path);
    this.#makeRoom(shadow);
    return shadow;
  }

  /** Whether some directory was opened at least `ageMs` ago, and after `open` was called last. */
  hasNew(ageMs: number): boolean {
    return this.#shownMs > this.#lookedMs && performance.now() - this.#shownMs > ageMs;
  }

  /** The paths of those that a process has open. */
  open(): Uint8Array[] {
    this.#lookedMs = performance.now();
    const used = this.#folder.inUse("open");
    return [...this.#shadows].filter(([, { number }]) => used.has(number)).map(([key]) => keyBytes(key));
  }

  /** What was shown of the directory at `path` (one character a byte). */
  listing(path: string): Listing | undefined {
    return this.#shadows.get(path);
  }

  /** Something new has this path; `type` as in `d_type`. */
  added(path: Uint8Array, type: number): void {
    const { shadow, name } = this.#above(path);
    shadow?.add({ name, type });
  }

  /** Entries of the directory at `path` were written to: who watches it here is told. */
  written(path: Uint8Array, written: { name: Uint8Array; isClosed: boolean }[]): void {
    if (written.length > 0) this.#shadows.get(byteKey(path))?.tellWritten(written);
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
      shadow.moveTo(namesOf(moved));
    }
    this.added(to, type);
    if (isExchange) this.added(from, other);
  }

  close(): void {
    this.#folder.close();
  }

  /** The shadow that shows the entry at `path`, if there is one, and the entry's name. */
  #above(given: Uint8Array): { shadow: Shadow | undefined; name: Uint8Array } {
    const path = trimmed(given);
    const cut = path.lastIndexOf(slash);
    const name = path.subarray(cut + 1);
    const shadow = this.#shadows.get(byteKey(path.subarray(0, Math.max(cut, 1))));
    return { shadow: isEntryName(name) ? shadow : undefined, name };
  }

  #hide(path: Uint8Array): void {
    const { shadow, name } = this.#above(path);
    shadow?.remove(name);
  }

  /** As far as it is known. */
  #typeOf(path: Uint8Array): number {
    if (this.#shadows.has(byteKey(trimmed(path)))) return EntryType.directory;
    const { shadow, name } = this.#above(path);
    return shadow?.entries.get(byteKey(name))?.type ?? EntryType.regular;
  }

  #have(path: Uint8Array): Shadow {
    const key = byteKey(path);
    const shadow = this.#shadows.get(key) ?? new Shadow(this.#folder, namesOf(path));
    this.#shadows.delete(key);
    this.#shadows.set(key, shadow);
    return shadow;
  }

  /** Removes the oldest that no process has open or stands in, if there are too many. */
  #makeRoom(latest: Shadow): void {
    let entries = this.#shadows.values().reduce((sum, shadow) => sum + shadow.entries.size, 0);
    const isWithin = (part: number) => this.#shadows.size <= part * shadowsMax && entries <= part * entriesMax;
    if (isWithin(1)) return;
    const used = this.#folder.inUse("open or entered");
    for (const [key, shadow] of [...this.#shadows]) {
      if (isWithin(keptPart)) return;
      if (shadow === latest || used.has(shadow.number)) continue;
      entries -= shadow.entries.size;
      this.#discard(key);
    }
  }

  #discard(key: string): void {
    const shadow = this.#shadows.get(key);
    if (shadow === undefined) return;
    this.#shadows.delete(key);
    shadow.discard();
    this.#onForgotten(shadow.identity);
  }
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

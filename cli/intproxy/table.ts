/**
 * What the session knows about the programs' open sockets and files, keyed by the kernel's identity of each (a socket's
 * cookie, a file's device and inode): this survives dup, fork, exec and passing over unix sockets.
 */
import type { Infer } from "../../protocol/schema.ts";
import type {
  FileIdentity as FileIdentitySchema,
  Location,
  Stat as StatSchema,
} from "../../protocol/layer/messages.ts";
import { inFamilyOf, portOf, type SocketAddress, withPort } from "../system/address.ts";
import { BoundedMap } from "./bounded_map.ts";

export type FileIdentity = Infer<typeof FileIdentitySchema>;
export type Stat = Infer<typeof StatSchema>;
export type FileLocation = Infer<typeof Location>;

/** About 400 bytes each: some 26 MB and 13 MB when full. */
const socketsMax = 65_536;
const filesMax = 32_768;

/** One socket of a program. Addresses are those the program should believe in. */
export interface SocketEntry {
  /** What bind() was asked for, and what the kernel has instead. */
  bound?: { requested: SocketAddress; actual: SocketAddress };
  /** The two ends of a connection: through the agent, or stolen from the target's port. */
  connected?: { local: SocketAddress; peer: SocketAddress };
  /** Why the last connect() failed, until the program has asked. */
  failure?: number;
}

/** A file of the target that a program has open, as a memfd or as a shadow directory. */
export interface FileEntry {
  /** Absolute path at the target. */
  path: Uint8Array;
  stat: Stat;
}

export class SessionTable {
  readonly #sockets = new BoundedMap<bigint, SocketEntry>(socketsMax);
  readonly #files = new BoundedMap<string, FileEntry>(filesMax);

  socket(cookie: bigint): SocketEntry | undefined {
    return this.#sockets.get(cookie);
  }

  /** Adds to what is known of a socket. */
  updateSocket(cookie: bigint, entry: SocketEntry): void {
    this.#sockets.set(cookie, { ...this.#sockets.get(cookie), ...entry });
  }

  /** The socket is gone. */
  forgetSocket(cookie: bigint): void {
    this.#sockets.delete(cookie);
  }

  /** The true error of a failed connect, once; 0 when there is none. */
  takeFailure(cookie: bigint): number {
    const entry = this.#sockets.get(cookie);
    const failure = entry?.failure ?? 0;
    if (entry !== undefined) delete entry.failure;
    return failure;
  }

  /** What getsockname() or getpeername() must answer; null: the kernel's own answer is right. */
  socketName(cookie: bigint, peerSide: boolean, actual: SocketAddress): SocketAddress | null {
    const entry = this.#sockets.get(cookie);
    if (entry?.connected !== undefined) return inFamilyOf(actual, entry.connected[peerSide ? "peer" : "local"]);
    if (peerSide || entry?.bound === undefined) return null;
    const { requested, actual: bound } = entry.bound;
    return inFamilyOf(actual, portOf(requested) === 0 ? withPort(requested, portOf(bound)) : requested);
  }

  file(identity: FileIdentity): FileEntry | undefined {
    return this.#files.get(keyOf(identity));
  }

  setFile(identity: FileIdentity, entry: FileEntry): void {
    this.#files.set(keyOf(identity), entry);
  }

  /** What was at `from`, or beneath it, is at `to` now. */
  renamed(from: Uint8Array, to: Uint8Array): void {
    for (const [, entry] of this.#files.entries()) entry.path = movedPath(entry.path, from, to);
  }

  forgetFile(identity: FileIdentity): void {
    this.#files.delete(keyOf(identity));
  }

  /** The absolute path at the target; null when the directory it starts from is not known (any more). */
  resolve(at: FileLocation): Uint8Array | null {
    if (at.directory === null || at.path[0] === slash) return at.path;
    const directory = this.file(at.directory);
    if (directory === undefined) return null;
    if (at.path.length === 0) return directory.path;
    const separator = directory.path.at(-1) === slash ? 0 : 1;
    const path = new Uint8Array(directory.path.length + separator + at.path.length);
    path.set(directory.path);
    path[directory.path.length] = slash;
    path.set(at.path, directory.path.length + separator);
    return path;
  }
}

const slash = 0x2f;

/** Where `path` is after `from` was renamed to `to`: another path only if it is `from` or lies beneath it. */
export function movedPath(path: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const isBeneath = path.length === from.length || path[from.length] === slash;
  if (!isBeneath || !from.every((byte, index) => path[index] === byte)) return path;
  const rest = path.subarray(from.length);
  const moved = new Uint8Array(to.length + rest.length);
  moved.set(to);
  moved.set(rest, to.length);
  return moved;
}

/** One text for one file. */
export function keyOf(identity: FileIdentity): string {
  return `${identity.device}:${identity.inode}`;
}

/** The target's `/`: every path of a request is opened through it and cannot lead out of it. */
import { EACCES, EAGAIN, ENOENT } from "../system/errno.ts";
import { closeFile, nameOfDescriptor, openBeneath, openBeneathNow, openRoot } from "../system/files.ts";
import { SystemError } from "../system/system_error.ts";
import type { IdMaps } from "../target/id_map.ts";

const EXDEV = 18;
/** How often a path is walked anew when directories were renamed meanwhile. */
const walksMax = 16;
const encoder = new TextEncoder();

export class Root {
  readonly #fd: number;
  readonly #prefix: Uint8Array;
  readonly #innerPid: number;
  #users = 0;
  #closing = false;

  private constructor(fd: number, prefix: Uint8Array, innerPid: number, readonly ids: IdMaps) {
    this.#fd = fd;
    this.#prefix = prefix;
    this.#innerPid = innerPid;
  }

  /**
   * `path`: /proc/PID/root. `innerPid`: the number by which the target's own /proc knows it. Throws `SystemError` when the
   * process is gone or we may not look into it.
   */
  static async open(path: string, innerPid: number, ids: IdMaps): Promise<Root> {
    const fd = await openRoot(path);
    if (fd < 0) throw new SystemError(`open ${path}`, -fd);
    const name = await nameOfDescriptor(fd);
    // A target that called chroot has a root that is not the one of its mounts; names come from the latter.
    const isTop = typeof name === "number" || (name.length === 1 && name[0] === 0x2f);
    return new Root(fd, isTop ? new Uint8Array() : name, innerPid, ids);
  }

  /** A descriptor, or an errno as a negative number. */
  async open(path: Uint8Array, flags: number): Promise<number> {
    if (path.length === 0) return -ENOENT;
    this.#users++;
    try {
      const ownPath = this.#ownProc(path);
      let result = -EAGAIN;
      for (let walk = 0; walk < walksMax && result === -EAGAIN; walk++) {
        result = await openBeneath(this.#fd, ownPath, flags);
      }
      return sensible(result);
    } finally {
      this.#users--;
      if (this.#closing && this.#users === 0) closeFile(this.#fd);
    }
  }

  /** The same on this thread; only for paths that were just seen to be on a local file system. */
  openNow(path: Uint8Array, flags: number): number {
    return this.#closing ? -ENOENT : sensible(openBeneathNow(this.#fd, this.#ownProc(path), flags));
  }

  /** The absolute path by which the target knows the file of a descriptor, or an errno. */
  async nameOf(fd: number): Promise<Uint8Array | number> {
    const name = await nameOfDescriptor(fd);
    if (typeof name === "number") return name;
    const isBelow = this.#prefix.every((byte, index) => name[index] === byte);
    if (!isBelow || this.#prefix.length === 0) return name;
    const rest = name.subarray(this.#prefix.length);
    return rest.length === 0 ? encoder.encode("/") : rest;
  }

  /** Calls that are under way finish first. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#users === 0) closeFile(this.#fd);
  }

  /** In the target's /proc, `self` and the links through it mean whoever asks: we would not be found there. */
  #ownProc(path: Uint8Array): Uint8Array {
    const text = String.fromCharCode(...path.subarray(0, 32));
    const match = /^\/+proc\/+(self|thread-self|net|mounts)(?=\/|$)/.exec(text);
    if (match === null) return path;
    const own = {
      "self": `/proc/${this.#innerPid}`,
      "thread-self": `/proc/${this.#innerPid}/task/${this.#innerPid}`,
      "net": `/proc/${this.#innerPid}/net`,
      "mounts": `/proc/${this.#innerPid}/mounts`,
    }[match[1]]!;
    const rest = path.subarray(match[0].length);
    const result = new Uint8Array(own.length + rest.length);
    result.set(encoder.encode(own));
    result.set(rest, own.length);
    return result;
  }
}

/** Links of /proc that jump to another process's files are never followed; the kernel calls that a cross-device link. */
function sensible(result: number): number {
  return result === -EXDEV ? -EACCES : result;
}

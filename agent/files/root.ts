/** The target's `/`: every path of a request is opened through it and cannot lead out of it. */
import { EACCES, EAGAIN, ENOENT } from "../system/errno.ts";
import { accessNow, openBeneath, openBeneathNow, type OpenFile, openRoot } from "../system/files.ts";
import { SystemError } from "../system/system_error.ts";
import type { IdMaps } from "../target/id_map.ts";
import { Lanes, localLane } from "./lanes.ts";

const EXDEV = 18;
/** How often a path is walked anew when directories were renamed meanwhile. */
const walksMax = 16;
const encoder = new TextEncoder();

/** `innerPid`: the number by which the target's own /proc knows it; `pid`: the one by which we do. */
export interface RootOptions {
  pid: number;
  innerPid: number;
  ids: IdMaps;
}

export class Root {
  readonly ids: IdMaps;
  readonly #directory: OpenFile;
  readonly #prefix: Uint8Array;
  readonly #innerPid: number;
  readonly #lanes: Lanes;
  #users = 0;
  #closing = false;

  private constructor(directory: OpenFile, prefix: Uint8Array, options: RootOptions) {
    this.ids = options.ids;
    this.#directory = directory;
    this.#prefix = prefix;
    this.#innerPid = options.innerPid;
    this.#lanes = new Lanes(options.pid);
  }

  /** Throws `SystemError` when the process is gone or we may not look into it. */
  static async open(options: RootOptions): Promise<Root> {
    const path = `/proc/${options.pid}/root`;
    const directory = await openRoot(path, localLane);
    if (typeof directory === "number") throw new SystemError(`open ${path}`, -directory);
    const name = await directory.name();
    // A target that called chroot has a root that is not the one of its mounts; names come from the latter.
    const isTop = typeof name === "number" || (name.length === 1 && name[0] === 0x2f);
    return new Root(directory, isTop ? new Uint8Array() : name, options);
  }

  /** A file, or an errno as a negative number. */
  async open(path: Uint8Array, flags: number): Promise<OpenFile | number> {
    if (path.length === 0) return -ENOENT;
    this.#users++;
    try {
      const ownPath = this.#ownProc(path);
      const lane = await this.#lanes.laneOf(ownPath);
      let result: OpenFile | number = -EAGAIN;
      for (let walk = 0; walk < walksMax && result === -EAGAIN; walk++) {
        result = await openBeneath(this.#directory, ownPath, flags, lane);
      }
      return typeof result === "number" ? sensible(result) : result;
    } finally {
      this.#users--;
      if (this.#closing && this.#users === 0) this.#directory.close();
    }
  }

  /** See `Lanes.isLocalBeneath`. */
  isLocalBeneath(directory: Uint8Array): Promise<boolean> {
    return this.#lanes.isLocalBeneath(this.#ownProc(directory));
  }

  /** See `accessNow`; only for paths that were just seen to be on a local file system. */
  accessNow(path: Uint8Array, mode: number): number {
    return this.#closing ? -ENOENT : sensible(accessNow(this.#directory, this.#ownProc(path), mode));
  }

  /** See `openBeneathNow`; only for paths that were just seen to be on a file system that answers. */
  async openNow(path: Uint8Array): Promise<(flags: number, mode?: number) => OpenFile | number> {
    const ownPath = this.#ownProc(path);
    const lane = await this.#lanes.laneOf(ownPath);
    return (flags, mode = 0) => {
      if (path.length === 0 || this.#closing) return -ENOENT;
      let result: OpenFile | number = -EAGAIN;
      for (let walk = 0; walk < walksMax && result === -EAGAIN; walk++) {
        result = openBeneathNow(this.#directory, ownPath, { flags, mode }, lane);
      }
      return typeof result === "number" ? sensible(result) : result;
    };
  }

  /** The absolute path by which the target knows a file, or an errno as a negative number. */
  async nameOf(file: OpenFile): Promise<Uint8Array | number> {
    const name = await file.name();
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
    if (this.#users === 0) this.#directory.close();
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

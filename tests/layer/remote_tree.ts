/** The files of a target that exists only in a test, answered as the proxy answers. */
import { MemoryFile } from "../../cli/system/memory_file.ts";
import type { Descriptor } from "../../cli/system/open_again.ts";
import type { Infer } from "../../protocol/schema.ts";
import {
  AttributeReply,
  FilesystemReply,
  Location,
  OpenReply,
  PathReply,
  Stat,
  StatReply,
} from "../../protocol/layer/messages.ts";

interface RemoteFile {
  content: string | Uint8Array;
  mode?: number;
  mtimeSeconds?: number;
  /** Its content cannot be read. */
  fails?: boolean;
  afterMs?: number;
}
export type RemoteNode =
  | RemoteFile
  | { link: string }
  | { directory: true; mode?: number };

type StatValue = Infer<typeof Stat>;

const ENOENT = 2, EIO = 5, ENOTDIR = 20, EACCES = 13, EINVAL = 22, EOPNOTSUPP = 95, ESTALE = 116;
const O_DIRECTORY = Deno.build.arch === "x86_64" ? 0o200000 : 0o40000;
const O_ACCMODE = 3;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

/** Folders that are named only by what is in them need not be given. */
export class RemoteTree {
  readonly #nodes = new Map<string, RemoteNode>();
  readonly #identities = new Map<string, string>();

  constructor(nodes: Record<string, RemoteNode>, private readonly shadowFolder: string) {
    for (const [path, node] of Object.entries(nodes)) {
      for (let parent = dirname(path); !this.#nodes.has(parent); parent = dirname(parent)) {
        this.#nodes.set(parent, { directory: true });
      }
      this.#nodes.set(path, node);
    }
  }

  /** The memory that programs have open. */
  readonly #shared: MemoryFile[] = [];

  /** Forgets the memory of all files. */
  close(): void {
    for (const memory of this.#shared) memory.close();
  }

  /** The reply, and the open file that goes with it. */
  open(at: Infer<typeof Location>, flags: number): {
    reply: Infer<typeof OpenReply>;
    descriptor?: Descriptor;
    afterMs?: number;
  } {
    const failed = (errno: number) => ({ reply: { failed: { errno } } });
    const path = this.#path(at);
    if (path === null) return failed(ESTALE);
    const found = this.#follow(path);
    if (found === null) return failed(ENOENT);
    const node = this.#nodes.get(found)!;
    if ("directory" in node) {
      const shadowPath = this.#shadow(found);
      return { reply: { directory: { stat: this.#stat(found)!, shadowPath: bytes(shadowPath) } } };
    }
    if (flags & O_DIRECTORY) return failed(ENOTDIR);
    if (!("content" in node)) return failed(EINVAL);
    if (((node.mode ?? 0o644) & 0o444) === 0) return failed(EACCES);
    if (node.fails) return failed(EIO);
    return { reply: { descriptor: {} }, descriptor: this.#share(found, node, flags), afterMs: node.afterMs };
  }

  #share(path: string, node: RemoteFile, flags: number): Descriptor {
    const memory = MemoryFile.create(bytes(path.slice(path.lastIndexOf("/") + 1)), node.mode ?? 0o644);
    const writer = memory.writer();
    writer.write(asBytes(node.content), 0);
    writer.close();
    this.#shared.push(memory);
    this.#identities.set(`${memory.identity.device}:${memory.identity.inode}`, path);
    return memory.open(flags & O_ACCMODE);
  }

  stat(at: Infer<typeof Location>, followLinks: boolean): Infer<typeof StatReply> {
    const path = this.#path(at);
    if (path === null) return { failed: { errno: ESTALE } };
    const found = followLinks ? this.#follow(path) : this.#nodes.has(path) ? path : null;
    return found === null ? { failed: { errno: ENOENT } } : { ok: this.#stat(found)! };
  }

  statIdentity(file: { device: bigint; inode: bigint }): Infer<typeof StatReply> {
    const path = this.#identities.get(`${file.device}:${file.inode}`);
    return path === undefined ? { failed: { errno: ENOENT } } : { ok: this.#stat(path)! };
  }

  access(at: Infer<typeof Location>, mode: number): number {
    const path = this.#path(at);
    if (path === null) return ESTALE;
    const found = this.#follow(path);
    if (found === null) return ENOENT;
    const bits = this.#stat(found)!.mode >> 6;
    return (bits & mode) === mode ? 0 : EACCES;
  }

  readLink(at: Infer<typeof Location>): Infer<typeof PathReply> {
    const path = this.#path(at);
    if (path === null) return { failed: { errno: ESTALE } };
    const node = this.#nodes.get(path);
    if (node === undefined) return { failed: { errno: ENOENT } };
    return "link" in node ? { ok: { path: bytes(node.link) } } : { failed: { errno: EINVAL } };
  }

  realPath(at: Infer<typeof Location>): Infer<typeof PathReply> {
    const found = this.#follow(this.#path(at) ?? "");
    return found === null ? { failed: { errno: ENOENT } } : { ok: { path: bytes(found) } };
  }

  /** Whether a location is relative to something that is none of ours. */
  isStale(at: Infer<typeof Location>): boolean {
    return this.#path(at) === null;
  }

  /** No file has any. */
  attribute(at: Infer<typeof Location>): Infer<typeof AttributeReply> {
    const path = this.#path(at);
    return { failed: { errno: path === null ? ESTALE : this.#nodes.has(path) ? EOPNOTSUPP : ENOENT } };
  }

  statFilesystem(at: Infer<typeof Location>): Infer<typeof FilesystemReply> {
    const path = this.#path(at);
    if (path === null) return { failed: { errno: ESTALE } };
    if (this.#follow(path) === null) return { failed: { errno: ENOENT } };
    return {
      ok: {
        type: 0xef53n,
        blockSize: 4096n,
        blocks: 1000n,
        blocksFree: 900n,
        blocksAvailable: 800n,
        files: 700n,
        filesFree: 600n,
        nameLimit: 255n,
        fragmentSize: 4096n,
        flags: 0x1020n,
      },
    };
  }

  #path({ directory, path }: Infer<typeof Location>): string | null {
    if (directory === null) return normalize(text(path));
    const start = this.#identities.get(`${directory.device}:${directory.inode}`);
    return start === undefined ? null : normalize(`${start}/${text(path)}`);
  }

  /** Where links at the end of a path lead; links in its middle are not used in these trees. */
  #follow(path: string): string | null {
    for (let hops = 0; hops < 40; hops++) {
      const node = this.#nodes.get(path);
      if (node === undefined) return null;
      if (!("link" in node)) return path;
      path = normalize(node.link.startsWith("/") ? node.link : `${dirname(path)}/${node.link}`);
    }
    return null;
  }

  #stat(path: string): StatValue | null {
    const node = this.#nodes.get(path);
    if (node === undefined) return null;
    const size = "content" in node ? asBytes(node.content).length : "link" in node ? node.link.length : 4096;
    const type = "content" in node ? 0o100000 : "link" in node ? 0o120000 : 0o40000;
    const permissions = "link" in node ? 0o777 : node.mode ?? ("content" in node ? 0o644 : 0o755);
    const modified = { seconds: BigInt("content" in node ? node.mtimeSeconds ?? 1e9 : 1e9), nanoseconds: 123456789 };
    return {
      device: 0x1234n,
      inode: BigInt([...this.#nodes.keys()].indexOf(path) + 1000),
      mode: type | permissions,
      links: 1,
      uid: 4242,
      gid: 4343,
      specialDevice: 0n,
      size: BigInt(size),
      blockSize: 4096,
      blocks: BigInt(Math.ceil(size / 512)),
      accessed: { seconds: 1234567n, nanoseconds: 1 },
      modified,
      changed: { seconds: 7654321n, nanoseconds: 2 },
      born: { seconds: 1111111n, nanoseconds: 3 },
    };
  }

  /** A local directory with the same names and types, beneath a folder of its own under its whole name. */
  #shadow(path: string): string {
    const number = [...this.#nodes.keys()].indexOf(path);
    const shadow = `${this.shadowFolder}/${number}${path === "/" ? "" : path}`;
    Deno.mkdirSync(shadow, { recursive: true });
    for (const [other, node] of this.#nodes) {
      if (other === path || dirname(other) !== path) continue;
      const entry = `${shadow}/${other.slice(path.length + (path === "/" ? 0 : 1))}`;
      if (existsSync(entry)) continue;
      if ("directory" in node) Deno.mkdirSync(entry);
      else if ("link" in node) Deno.symlinkSync(node.link, entry);
      else Deno.writeTextFileSync(entry, "");
    }
    const { dev, ino } = Deno.statSync(shadow);
    this.#identities.set(`${dev}:${ino}`, path);
    return shadow;
  }
}

function existsSync(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function asBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? bytes(content) : content;
}

function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

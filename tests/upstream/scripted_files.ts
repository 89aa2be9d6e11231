/** The files of a scripted target: a tree in memory, answered as the agent answers. */
import type { Infer } from "../../protocol/schema.ts";
import { OpenReply } from "../../protocol/agent/messages.ts";
import { Stat } from "../../protocol/layer/messages.ts";
import type { Behaviour } from "../intproxy/fake_agent.ts";
import { add, change, edit, type ScriptedFile, type Tree } from "./scripted_changes.ts";

const errno = { ENOENT: 2, EEXIST: 17, ENOTDIR: 20, EINVAL: 22 };
const O_CREAT = 0o100, O_EXCL = 0o200, O_TRUNC = 0o1000;
const decoder = new TextDecoder();
const encoder = new TextEncoder();
const types = { directory: 0o040000, file: 0o100000, link: 0o120000 };
/** `d_type` of each. */
const entryTypes = { directory: 4, file: 8, link: 10 };

function kindOf(file: ScriptedFile): keyof typeof types {
  return file.entries !== undefined ? "directory" : file.link !== undefined ? "link" : "file";
}

export class ScriptedFiles {
  readonly tree: Tree;

  constructor(files: Record<string, ScriptedFile>) {
    this.tree = new Map(Object.entries(files));
  }

  readonly behaviour: Behaviour = {
    openFile: async ({ path }, reply, stream) => {
      await reply(this.#open(decoder.decode(path)));
      const content = this.#follow(decoder.decode(path))?.content;
      if (content !== undefined) await stream.write(content);
      await stream.end();
    },
    readDirectory: async ({ path }, reply, stream) => {
      await reply(this.#open(decoder.decode(path)));
      await stream.end();
    },
    stat: async ({ path, followLinks }, reply, stream) => {
      const name = decoder.decode(path);
      const file = followLinks ? this.#follow(name) : this.tree.get(name);
      await reply(file === undefined ? { failed: { errno: errno.ENOENT } } : { ok: this.#stat(file) });
      await stream.end();
    },
    access: async ({ path }, reply, stream) => {
      await reply({ errno: this.#follow(decoder.decode(path)) === undefined ? errno.ENOENT : 0 });
      await stream.end();
    },
    readLink: async ({ path }, reply, stream) => {
      const file = this.tree.get(decoder.decode(path));
      if (file === undefined) await reply({ failed: { errno: errno.ENOENT } });
      else if (file.link === undefined) await reply({ failed: { errno: errno.EINVAL } });
      else await reply({ ok: { path: encoder.encode(file.link) } });
      await stream.end();
    },
    editFile: async ({ path, flags, mode }, reply, stream) => {
      const name = decoder.decode(path);
      const failure = this.#prepare(name, flags, mode);
      if (failure !== 0) {
        await reply({ failed: { errno: failure } });
        return await stream.end();
      }
      const file = this.#follow(name)!;
      await reply({ file: { stat: this.#stat(file) } });
      await edit(file, () => this.#stat(file), stream);
    },
    change: async ({ path, change: made }, reply, stream) => {
      const name = decoder.decode(path);
      const failure = change(this.tree, name, made);
      const file = this.tree.get(name);
      await reply({ errno: failure, stat: file === undefined ? null : this.#stat(file) });
      await stream.end();
    },
    statFilesystem: async (_, reply, stream) => {
      await reply({ ok: filesystem });
      await stream.end();
    },
  };

  /** What opening for writing does before anything is written; an errno. */
  #prepare(path: string, flags: number, mode: number): number {
    const known = this.#follow(path);
    if (known === undefined && (flags & O_CREAT) === 0) return errno.ENOENT;
    if (known !== undefined && (flags & O_EXCL) !== 0) return errno.EEXIST;
    if (known === undefined) add(this.tree, path, { content: new Uint8Array(0), mode });
    else if ((flags & O_TRUNC) !== 0) known.content = new Uint8Array(0);
    return 0;
  }

  #follow(path: string): ScriptedFile | undefined {
    const file = this.tree.get(path);
    return file?.link === undefined ? file : this.tree.get(file.link);
  }

  #open(path: string): Infer<typeof OpenReply> {
    const file = this.#follow(path);
    if (file === undefined) return { failed: { errno: errno.ENOENT } };
    const stat = this.#stat(file);
    if (file.entries === undefined) return { file: { stat } };
    const entries = file.entries.map((name, index) => {
      const child = this.tree.get(`${path}/${name}`) ?? { content: new Uint8Array(0) };
      return { name: encoder.encode(name), type: entryTypes[kindOf(child)], inode: BigInt(index + 500) };
    });
    return { directory: { stat, path: encoder.encode(path), entries } };
  }

  #stat(file: ScriptedFile): Infer<typeof Stat> {
    const kind = kindOf(file);
    const size = (file.content ?? encoder.encode(file.link ?? "")).length;
    const moment = { seconds: 1_600_000_000n, nanoseconds: 5 };
    return {
      device: 77n,
      inode: 1000n + BigInt([...this.tree.values()].indexOf(file)),
      mode: types[kind] | (file.mode ?? (kind === "directory" ? 0o755 : 0o640)),
      links: 1,
      uid: 0,
      gid: 0,
      specialDevice: 0n,
      size: BigInt(size),
      blockSize: 4096,
      blocks: BigInt(Math.ceil(size / 512)),
      accessed: moment,
      modified: moment,
      changed: moment,
      born: null,
    };
  }
}

/** What statfs answers everywhere; a tmpfs, as on the isolated target. */
const filesystem = {
  type: 0x01021994n,
  blockSize: 4096n,
  blocks: 1000n,
  blocksFree: 900n,
  blocksAvailable: 800n,
  files: 700n,
  filesFree: 600n,
  nameLimit: 255n,
  fragmentSize: 4096n,
  flags: 0x1020n,
};

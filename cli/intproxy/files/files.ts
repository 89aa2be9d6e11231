/** Files of the target: what a layer asks about paths and open files, answered by the agent. */
import {
  AttributeReply,
  ErrnoReply,
  FilesystemReply,
  OpenReply,
  PathReply,
  StatReply,
} from "../../../protocol/layer/messages.ts";
import type { EntryQuestion, StatReply as AgentStatReply } from "../../../protocol/agent/messages.ts";
import { Errno } from "../../system/errno.ts";
import type { Infer } from "../../../protocol/schema.ts";
import type { AgentLink } from "../agent_link.ts";
import { placeToHandOver } from "../../system/open_again.ts";
import { errnoOf } from "../errno_of.ts";
import { type Answer, answer, type RequestBody } from "../server.ts";
import type { FileIdentity, FileLocation, SessionTable, Stat } from "../table.ts";
import { Changes } from "./changes.ts";
import type { Operation } from "./editor.ts";
import { Following } from "./following.ts";
import { LookAhead } from "./look_ahead.ts";
import { OpenFiles, type OpenFilesOptions } from "./open_files.ts";
import { changesSomething, Opening } from "./opening.ts";
import { Pipes } from "./pipes.ts";
import { isSame, type RemoteFile } from "./remote_file.ts";
import type { Shadows } from "./shadows.ts";

/** What the target said of an open file is believed so long; what this session changes is known at once. */
const believedMs = 200;

export interface FilesOptions extends Omit<OpenFilesOptions, "reopen"> {
  link: AgentLink;
  shadows: Shadows;
  /** Whether a path may be written to at the target. */
  mayWrite(path: Uint8Array): boolean;
  /** Whether what is read at a path is the target's. */
  isTargets(path: Uint8Array): boolean;
}

export class Files {
  readonly #link: AgentLink;
  readonly #table: SessionTable;
  readonly #files: OpenFiles;
  readonly #pipes: Pipes;
  readonly #opening: Opening;
  readonly #changes: Changes;
  readonly #following: Following;
  readonly #ahead: LookAhead;

  constructor(options: FilesOptions) {
    const { link, table, shadows, mayWrite } = options;
    this.#link = link;
    this.#table = table;
    this.#files = new OpenFiles({ ...options, reopen: (file) => this.#opening.again(file) });
    this.#pipes = new Pipes(options);
    this.#opening = new Opening({ ...options, pipes: this.#pipes, files: this.#files });
    this.#following = new Following({ ...options, files: this.#files });
    this.#changes = new Changes({ link, table, shadows, mayWrite, files: this.#files });
    const listingOf = (directory: string) => shadows.listing(directory);
    this.#ahead = new LookAhead({ link, listingOf, mayAsk: () => !this.#files.isEditing });
  }

  /** A program gets a descriptor of a regular file, whose content is ours; a directory is shown as its shadow. */
  async open({ at, flags, mode }: RequestBody<"openFile">): Promise<Answer> {
    const fail = (errno: number) => answer(OpenReply, { failed: { errno } });
    this.#files.catchUp();
    const path = changesSomething(flags) ? this.#changes.writable(at) : this.#table.resolve(at) ?? Errno.ESTALE;
    if (typeof path === "number") return fail(path);
    if (changesSomething(flags)) await this.#files.flushAt(path);
    const opened = await this.#opening.open({ path, flags, mode });
    if (changesSomething(flags)) this.#ahead.forget();
    if ("errno" in opened) return fail(opened.errno);
    if ("directory" in opened) {
      const { stat, shadow } = opened.directory;
      return answer(OpenReply, { directory: { stat, shadowPath: shadow.path } });
    }
    return { ...answer(OpenReply, { descriptor: {} }), descriptor: opened.descriptor };
  }

  async change({ at, change }: RequestBody<"change">): Promise<Answer> {
    this.#files.catchUp();
    const errno = await this.#changes.make(at, change);
    this.#ahead.forget();
    return answer(ErrnoReply, { errno });
  }

  /** ENOENT: the file is none of ours. */
  async flush({ file: identity, purpose }: RequestBody<"flush">): Promise<Answer> {
    this.#files.catchUp();
    const file = this.#files.findLocal(identity);
    if (file === undefined) return answer(ErrnoReply, { errno: this.#table.file(identity) ? 0 : Errno.ENOENT });
    const errno = await file.barrier(purpose, await this.#files.flush(file, true));
    return answer(ErrnoReply, { errno });
  }

  async settle(): Promise<Answer> {
    await this.#files.settle();
    return answer(ErrnoReply, { errno: 0 });
  }

  stat({ at, followLinks }: RequestBody<"stat">): Promise<Answer> {
    this.#files.catchUp();
    return this.#onPath(
      at,
      async (path) => {
        const reply = await this.#statPath(path, followLinks);
        const file = "ok" in reply ? this.#files.find(reply.ok) : undefined;
        if (file === undefined || !file.isDirty) return answer(StatReply, reply);
        await this.#files.flush(file, false);
        return answer(StatReply, { ok: file.stat });
      },
      (errno) => answer(StatReply, { failed: { errno } }),
    );
  }

  async #statPath(path: Uint8Array, followLinks: boolean): Promise<Infer<typeof AgentStatReply>> {
    const ahead = await this.#ahead.answer(path, { stat: {} }, followLinks);
    if (ahead === null || "value" in ahead) return await this.#link.ask("stat", { path, followLinks });
    return "stat" in ahead ? { ok: ahead.stat } : ahead;
  }

  /** ENOENT: the file is none of ours, and the kernel's own answer is right. */
  async statIdentity({ file: identity }: { file: FileIdentity }): Promise<Answer> {
    this.#files.catchUp();
    const file = this.#files.findLocal(identity);
    if (file !== undefined) return answer(StatReply, { ok: await this.#statOpen(file) });
    const entry = this.#table.file(identity);
    return answer(StatReply, entry === undefined ? { failed: { errno: Errno.ENOENT } } : { ok: entry.stat });
  }

  async #statOpen(file: RemoteFile): Promise<Stat> {
    if (file.isDirty) await this.#files.flush(file, false);
    if (file.statAgeMs < believedMs) return file.stat;
    try {
      if (file.remote !== null) await file.perform({ stat: {} });
      else await this.#askAgain(file);
    } catch {
      // What was told before must do.
    }
    return file.stat;
  }

  /** Its path may lead to another file by now. */
  async #askAgain(file: RemoteFile): Promise<void> {
    const reply = await this.#link.ask("stat", { path: file.path, followLinks: true });
    if (!("ok" in reply) || this.#files.find(reply.ok) !== file) return;
    // What is told and what can be read belong together.
    if (isSame(file.stat, reply.ok)) file.stat = reply.ok;
    else await this.#following.renew(file);
  }

  access({ at, mode, effectiveIds }: RequestBody<"access">): Promise<Answer> {
    return this.#onPath(
      at,
      async (path) => answer(ErrnoReply, await this.#link.ask("access", { path, mode, effectiveIds })),
      (errno) => answer(ErrnoReply, { errno }),
    );
  }

  readLink({ at }: RequestBody<"readLink">): Promise<Answer> {
    return this.#onPath(
      at,
      async (path) => answer(PathReply, await this.#link.ask("readLink", { path })),
      (errno) => answer(PathReply, { failed: { errno } }),
    );
  }

  realPath({ at }: RequestBody<"realPath">): Promise<Answer> {
    return this.#onPath(
      at,
      async (path) => answer(PathReply, await this.#link.ask("realPath", { path })),
      (errno) => answer(PathReply, { failed: { errno } }),
    );
  }

  statFilesystem({ at }: RequestBody<"statFilesystem">): Promise<Answer> {
    return this.#onPath(
      at,
      async (path) => answer(FilesystemReply, await this.#link.ask("statFilesystem", { path })),
      (errno) => answer(FilesystemReply, { failed: { errno } }),
    );
  }

  getAttribute({ at, name, followLinks }: RequestBody<"getAttribute">): Promise<Answer> {
    return this.#attributes(
      at,
      { getAttribute: { name } },
      async (path) =>
        await this.#attributeAhead(path, { getAttribute: { name } }, followLinks) ??
          await this.#link.ask("getAttribute", { path, name, followLinks }),
    );
  }

  listAttributes({ at, followLinks }: RequestBody<"listAttributes">): Promise<Answer> {
    return this.#attributes(
      at,
      { listAttributes: {} },
      async (path) =>
        await this.#attributeAhead(path, { listAttributes: {} }, followLinks) ??
          await this.#link.ask("listAttributes", { path, followLinks }),
    );
  }

  async #attributeAhead(
    path: Uint8Array,
    question: Infer<typeof EntryQuestion>,
    followLinks: boolean,
  ): Promise<Infer<typeof AttributeReply> | null> {
    const ahead = await this.#ahead.answer(path, question, followLinks);
    if (ahead === null || "stat" in ahead) return null;
    return "value" in ahead ? { ok: ahead.value } : ahead;
  }

  /** By the open file if the agent has it open: its name may be gone. */
  #attributes(
    at: FileLocation,
    operation: Operation,
    ask: (path: Uint8Array) => Promise<Infer<typeof AttributeReply>>,
  ): Promise<Answer> {
    const fail = (errno: number) => answer(AttributeReply, { failed: { errno } });
    const open = at.directory === null || at.path.length > 0 ? undefined : this.#files.findLocal(at.directory)?.remote;
    return this.#onPath(at, async (path) => {
      if (!open) return answer(AttributeReply, await ask(path));
      const value = await open.ask(operation);
      return typeof value === "number" ? fail(value) : answer(AttributeReply, { ok: { value } });
    }, fail);
  }

  /** The shadow of a directory by its path; what stands for a file by a descriptor: its path is not everybody's. */
  async watch({ at }: RequestBody<"watch">): Promise<Answer> {
    const path = this.#table.resolve(at);
    if (path === null) return answer(PathReply, { failed: { errno: Errno.ESTALE } });
    const opened = await this.#opening.open({ path, flags: 0, mode: 0 });
    if ("errno" in opened) return answer(PathReply, { failed: opened });
    if ("directory" in opened) {
      this.#following.directory(opened.directory.name);
      return answer(PathReply, { ok: { path: opened.directory.shadow.path } });
    }
    await opened.descriptor.close();
    if (opened.file === null) return answer(PathReply, { failed: { errno: Errno.EINVAL } });
    opened.file.isFollowed = true;
    this.#following.file(opened.file);
    return {
      ...answer(PathReply, { ok: { path: new Uint8Array() } }),
      descriptor: placeToHandOver(opened.file.watchedPath),
    };
  }

  /** Brings to the target what programs have written, as far as it can be. */
  save(): Promise<number> {
    return this.#files.flushAll(true);
  }

  /** Saves what is unsaved, and lets go of everything. */
  async close(): Promise<void> {
    this.#following.close();
    await Promise.all([this.#files.close(), this.#pipes.close()]);
  }

  async #onPath(
    at: FileLocation,
    ask: (path: Uint8Array) => Promise<Answer>,
    fail: (errno: number) => Answer,
  ): Promise<Answer> {
    const path = this.#table.resolve(at);
    if (path === null) return fail(Errno.ESTALE);
    try {
      return await ask(path);
    } catch (error) {
      return fail(errnoOf(error));
    }
  }
}

/** Files of the target: what a layer asks about paths and open files, answered by the agent. */
import { ErrnoReply, FilesystemReply, OpenReply, PathReply, StatReply } from "../../../protocol/layer/messages.ts";
import { Errno } from "../../system/errno.ts";
import type { AgentLink } from "../agent_link.ts";
import { errnoOf } from "../errno_of.ts";
import { type Answer, answer, type RequestBody } from "../server.ts";
import type { FileIdentity, FileLocation, SessionTable } from "../table.ts";
import { sendContent } from "./content.ts";
import type { Shadows } from "./shadow.ts";

export class Files {
  readonly #link: AgentLink;
  readonly #table: SessionTable;
  readonly #shadows: Shadows;

  constructor(link: AgentLink, table: SessionTable, shadows: Shadows) {
    this.#link = link;
    this.#table = table;
    this.#shadows = shadows;
  }

  /** A regular file's content follows the answer; a directory is shown as its shadow. */
  async open({ at, flags, mode, memfd }: RequestBody<"openFile">): Promise<Answer> {
    const fail = (errno: number) => answer(OpenReply, { failed: { errno } });
    const path = this.#table.resolve(at);
    if (path === null) return fail(Errno.ESTALE);
    try {
      const { stream, reply } = await this.#link.open("openFile", { path, flags, mode });
      if ("file" in reply) {
        if (memfd !== null) this.#table.setFile(memfd, { path, stat: reply.file.stat });
        return { ...answer(OpenReply, reply), follow: (write) => sendContent(stream, write) };
      }
      stream.reset(0);
      if ("failed" in reply) return fail(reply.failed.errno);
      const { stat, entries } = reply.directory;
      const shadow = this.#shadows.show(path, entries);
      this.#table.setFile(shadow.identity, { path, stat });
      return answer(OpenReply, { directory: { stat, shadowPath: new TextEncoder().encode(shadow.path) } });
    } catch (error) {
      return fail(errnoOf(error));
    }
  }

  stat({ at, followLinks }: RequestBody<"stat">): Promise<Answer> {
    return this.#onPath(
      at,
      async (path) => answer(StatReply, await this.#link.ask("stat", { path, followLinks })),
      (errno) => answer(StatReply, { failed: { errno } }),
    );
  }

  /** ENOENT: the file is none of ours, and the kernel's own answer is right. */
  statIdentity({ file }: { file: FileIdentity }): Answer {
    const entry = this.#table.file(file);
    return answer(StatReply, entry === undefined ? { failed: { errno: Errno.ENOENT } } : { ok: entry.stat });
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

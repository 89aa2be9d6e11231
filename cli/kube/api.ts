/** The few requests mirrord makes, with typed objects. */
import { ApiError, apiErrorOf } from "./api_error.ts";
import type { ApiServer } from "./api_server.ts";

/** What every list of objects looks like. */
interface ObjectList<T> {
  items: T[];
  metadata: { resourceVersion?: string; continue?: string };
}

/** A change of a watched object. */
export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

/** Which objects of a list are meant. */
export interface Selection {
  labelSelector?: string;
  fieldSelector?: string;
}

const pageSize = 500;
const requestTimeoutMs = 30_000;
/** The API server ends a watch after this time; we begin another. */
const watchSeconds = 290;

export class KubeApi {
  constructor(readonly server: ApiServer) {}

  /** @throws {ApiError} */
  async get<T>(path: string): Promise<T> {
    return await this.#json<T>("GET", path);
  }

  /** Null when there is no such object. */
  async find<T>(path: string): Promise<T | null> {
    return await this.get<T>(path).catch((error) => {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    });
  }

  /** All pages. */
  async list<T>(path: string, selection: Selection = {}): Promise<T[]> {
    const items: T[] = [];
    let next = "";
    do {
      const query = queryOf({ ...selection, limit: String(pageSize), ...(next && { continue: next }) });
      const page = await this.get<ObjectList<T>>(`${path}${query}`);
      items.push(...page.items);
      next = page.metadata.continue ?? "";
    } while (next !== "");
    return items;
  }

  async create<T>(path: string, object: unknown): Promise<T> {
    return await this.#json<T>("POST", path, JSON.stringify(object), "application/json");
  }

  /** A merge patch; `null` removes a field. */
  async merge<T>(path: string, changes: unknown): Promise<T> {
    return await this.#json<T>("PATCH", path, JSON.stringify(changes), "application/merge-patch+json");
  }

  /** A patch that adds to lists by their keys. */
  async strategicMerge<T>(path: string, changes: unknown): Promise<T> {
    return await this.#json<T>("PATCH", path, JSON.stringify(changes), "application/strategic-merge-patch+json");
  }

  /** Deletes the object, and then what belongs to it. An object that is not there is no error. */
  async delete(path: string): Promise<void> {
    const options = JSON.stringify({ propagationPolicy: "Background" });
    await this.#json("DELETE", path, options, "application/json").catch((error) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    });
  }

  /** A container's log so far; for reasons of failures. */
  async log(namespace: string, pod: string, container: string, lines: number): Promise<string> {
    const query = queryOf({ container, tailLines: String(lines) });
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log${query}`;
    const response = await this.server.request({ method: "GET", path, signal: AbortSignal.timeout(requestTimeoutMs) });
    const text = await response.text();
    if (response.status >= 400) throw apiErrorOf(response.status, text);
    return text;
  }

  /**
   * What is there, and then each change, until `signal` is aborted. The watch is begun again when the server ends it;
   * rejects when it cannot be had.
   */
  async *watch<T>(path: string, selection: Selection, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const from = await this.get<ObjectList<T>>(`${path}${queryOf({ ...selection })}`);
    for (const object of from.items) yield { type: "ADDED", object };
    let version = from.metadata.resourceVersion ?? "";
    while (!signal.aborted) {
      for await (const event of this.#watchOnce<T>(path, selection, version, signal)) {
        // Too old to go on from: what is there now has to be looked at again.
        if (event.type === "ERROR") return yield* this.watch(path, selection, signal);
        version = versionOf(event.object) ?? version;
        if (event.type !== "BOOKMARK") yield event;
      }
    }
  }

  async *#watchOnce<T>(path: string, selection: Selection, resourceVersion: string, signal: AbortSignal) {
    const timeoutSeconds = String(watchSeconds);
    const query = queryOf({
      ...selection,
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds,
    });
    const response = await this.server.request({ method: "GET", path: `${path}${query}`, signal });
    if (response.status >= 400) throw apiErrorOf(response.status, await response.text());
    for await (const line of lines(response.body, signal)) yield JSON.parse(line) as WatchEvent<T>;
  }

  async #json<T>(method: string, path: string, body?: string, contentType?: string): Promise<T> {
    const signal = AbortSignal.timeout(requestTimeoutMs);
    const response = await this.server.request({ method, path, body, contentType, signal });
    const text = await response.text();
    if (response.status >= 400) throw apiErrorOf(response.status, text);
    return JSON.parse(text);
  }
}

function queryOf(parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString();
  return query === "" ? "" : `?${query}`;
}

function versionOf(object: unknown): string | undefined {
  return (object as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
}

/** The lines of a body; ends quietly when the connection is cut or the caller has had enough. */
async function* lines(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of body) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop()!;
      for (const part of parts) if (part !== "") yield part;
      if (signal.aborted) return;
    }
  } catch (error) {
    if (!signal.aborted && !isCut(error)) throw error;
  }
}

/** fetch's and node's words for a connection that ended in the middle of a body. */
function isCut(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && "code" in error);
}

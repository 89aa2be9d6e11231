/** Requests about paths that are answered by one message. Errors are errno values in the answer, never exceptions. */
import type { Body, Reply } from "../client.ts";
import { errnoOf } from "../system/errno.ts";
import { O_NOFOLLOW, O_PATH } from "../system/files.ts";
import type { Target } from "../target/target.ts";
import { access } from "./access.ts";
import { parseFilesystem } from "./filesystem.ts";
import { readLink, realPath, withHandle } from "./names.ts";
import type { Root } from "./root.ts";
import { parseStat } from "./stat.ts";

type Failed = { failed: { errno: number } };

export function answerStat(target: Target, { path, followLinks }: Body<"stat">): Promise<Reply<"stat">> {
  return answer(target, async (root) => {
    const flags = followLinks ? O_PATH : O_PATH | O_NOFOLLOW;
    const raw = await withHandle(root, path, flags, (file) => file.stat());
    return typeof raw === "number" ? raw : { ok: parseStat(raw, root.ids) };
  });
}

export function answerStatFilesystem(target: Target, path: Uint8Array): Promise<Reply<"statFilesystem">> {
  return answer(target, async (root) => {
    const raw = await withHandle(root, path, O_PATH, (file) => file.filesystem());
    return typeof raw === "number" ? raw : { ok: parseFilesystem(raw) };
  });
}

export function answerLink(target: Target, path: Uint8Array): Promise<Reply<"readLink">> {
  return answer(target, async (root) => named(await readLink(root, path)));
}

export function answerRealPath(target: Target, path: Uint8Array): Promise<Reply<"realPath">> {
  return answer(target, async (root) => named(await realPath(root, path)));
}

export async function answerAccess(target: Target, request: Body<"access">): Promise<Reply<"access">> {
  try {
    return { errno: await access(target, request.path, request.mode, request.effectiveIds) };
  } catch (error) {
    return { errno: errnoOf(error) };
  }
}

function named(path: Uint8Array | number): { ok: { path: Uint8Array } } | number {
  return typeof path === "number" ? path : { ok: { path } };
}

/** `ask` answers with the negative of an errno when it fails. */
async function answer<T extends object>(target: Target, ask: (root: Root) => Promise<T | number>): Promise<T | Failed> {
  try {
    const result = await ask(await target.root());
    return typeof result === "number" ? { failed: { errno: -result } } : result;
  } catch (error) {
    return { failed: { errno: errnoOf(error) } };
  }
}

/** Extended attributes of the target's files. */
import type { Body, Reply } from "../client.ts";
import { getAttribute, listAttributes } from "../system/changes.ts";
import { runAs } from "../system/credentials.ts";
import { errnoOf } from "../system/errno.ts";
import { O_NOFOLLOW, O_PATH, type OpenFile } from "../system/files.ts";
import type { Target } from "../target/target.ts";
import { withHandle } from "./names.ts";

/** No value and no list of names is longer (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const largestBytes = 65_536;

type Question = (file: OpenFile, into: Uint8Array<ArrayBuffer>) => number;

export function answerAttribute(target: Target, request: Body<"getAttribute">): Promise<Reply<"getAttribute">> {
  return answer(target, request, (file, into) => getAttribute(file, request.name, into));
}

export function answerAttributes(target: Target, request: Body<"listAttributes">): Promise<Reply<"listAttributes">> {
  return answer(target, request, listAttributes);
}

/** Of an open file: the bytes, or an errno as a negative number. */
export function openAttribute(file: OpenFile, name: Uint8Array | null): Uint8Array | number {
  const into = new Uint8Array(largestBytes);
  const length = name === null ? listAttributes(file, into) : getAttribute(file, name, into);
  return length < 0 ? length : into.subarray(0, length);
}

async function answer(
  target: Target,
  { path, followLinks }: { path: Uint8Array; followLinks: boolean },
  ask: Question,
): Promise<Reply<"getAttribute">> {
  try {
    const [root, who] = await Promise.all([target.root(), target.credentials(true)]);
    const into = new Uint8Array(largestBytes);
    const flags = followLinks ? O_PATH : O_PATH | O_NOFOLLOW;
    const length = await withHandle(root, path, flags, (file) => Promise.resolve(runAs(who, () => ask(file, into))));
    return length < 0 ? { failed: { errno: -length } } : { ok: { value: into.subarray(0, length) } };
  } catch (error) {
    return { failed: { errno: errnoOf(error) } };
  }
}

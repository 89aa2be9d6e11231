/** One question about many names of a directory at once, for a program that goes through them one by one. */
import type { Body, Reply } from "../client.ts";
import { getAttribute, listAttributes } from "../system/changes.ts";
import { runAs } from "../system/credentials.ts";
import { EINVAL } from "../system/errno.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, openBeneathNow, type OpenFile } from "../system/files.ts";
import type { IdMaps } from "../target/id_map.ts";
import type { Target } from "../target/target.ts";
import { localLane } from "./lanes.ts";
import { withHandle } from "./names.ts";
import { parseStat } from "./stat.ts";

type AttributeQuestion = Exclude<Body<"askEntries">["question"], { stat: unknown }>;
type EntryAnswer = Reply<"askEntries">["answers"][number];

/** So that many values have room in one message. */
const longestValueBytes = 1024;
const ERANGE = 34;
const slash = "/".charCodeAt(0);
const nothing = { answers: [] };

/** Only where every answer is in this machine's memory or on its disks: the agent's loop waits for them. */
export async function answerEntries(target: Target, request: Body<"askEntries">): Promise<Reply<"askEntries">> {
  const { directory, names, question } = request;
  const [root, who] = await Promise.all([target.root(), target.credentials(true)]);
  if (!await root.isLocalBeneath(directory)) return nothing;
  const answers = await withHandle(root, directory, O_PATH | O_DIRECTORY, async (opened) => {
    if ("stat" in question) return await Promise.all(names.map((name) => statOf(opened, name, root.ids)));
    const into = new Uint8Array(longestValueBytes);
    return runAs(who, () => names.map((name) => attributeOf(opened, name, question, into)));
  });
  return typeof answers === "number" ? nothing : { answers };
}

async function statOf(directory: OpenFile, name: Uint8Array, ids: IdMaps): Promise<EntryAnswer> {
  const raw = isName(name) ? await directory.statEntry(name) : -EINVAL;
  return typeof raw === "number" ? { failed: { errno: -raw } } : { stat: parseStat(raw, ids) };
}

function attributeOf(
  directory: OpenFile,
  name: Uint8Array,
  question: AttributeQuestion,
  into: Uint8Array<ArrayBuffer>,
): EntryAnswer {
  if (!isName(name)) return { failed: { errno: EINVAL } };
  const entry = openBeneathNow(directory, name, { flags: O_PATH | O_NOFOLLOW, mode: 0 }, localLane);
  if (typeof entry === "number") return { failed: { errno: -entry } };
  try {
    const length = "getAttribute" in question
      ? getAttribute(entry, question.getAttribute.name, into)
      : listAttributes(entry, into);
    if (length === -ERANGE) return { skipped: {} };
    return length < 0 ? { failed: { errno: -length } } : { value: { value: into.slice(0, length) } };
  } finally {
    entry.close();
  }
}

/** One entry of a directory: nothing that leads elsewhere. */
function isName(name: Uint8Array): boolean {
  return !name.includes(slash) && !(name.length === 2 && name.every((byte) => byte === 0x2e));
}

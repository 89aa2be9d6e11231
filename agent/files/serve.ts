/** Requests that open something: the answer, and for files their content behind it. */
import { OpenReply } from "../../protocol/agent/messages.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import type { Body } from "../client.ts";
import { finish } from "../finish.ts";
import { errnoOf } from "../system/errno.ts";
import type { Target } from "../target/target.ts";
import { sendContent } from "./content.ts";
import { serveOperations } from "./edit.ts";
import { openDirectory, type Opened, openForReading } from "./open.ts";
import type { Root } from "./root.ts";

export function serveOpen(stream: Stream, target: Target, request: Body<"openFile">): Promise<void> {
  const { path, flags, contentMax } = request;
  return serve(stream, target, (root) => openForReading(root, path, flags), contentMax);
}

export function serveDirectory(stream: Stream, target: Target, { path }: Body<"readDirectory">): Promise<void> {
  return serve(stream, target, (root) => openDirectory(root, path));
}

async function serve(
  stream: Stream,
  target: Target,
  open: (root: Root) => Promise<Opened>,
  contentMax = 0n,
): Promise<void> {
  const opened = await attempt(target, open);
  if (!("file" in opened)) {
    const reply = "failed" in opened ? { failed: { errno: opened.failed } } : opened;
    await writeMessage(stream, OpenReply, reply);
    return await finish(stream);
  }
  const { root, file, stat, isPipe } = opened.file;
  if (stat.size > contentMax) return await serveOperations(stream, { root, file, stat });
  try {
    await writeMessage(stream, OpenReply, { file: { stat } });
  } catch (error) {
    file.close();
    throw error;
  }
  await sendContent(stream, file, stat.size, isPipe);
  await finish(stream);
}

async function attempt(target: Target, open: (root: Root) => Promise<Opened>): Promise<Opened> {
  try {
    return await open(await target.root());
  } catch (error) {
    return { failed: errnoOf(error) };
  }
}

/** Changes of a scripted target's files, made in its tree as the agent makes them in a file system. */
import type { Infer } from "../../protocol/schema.ts";
import { type Change, FileOperation, FileResult } from "../../protocol/agent/messages.ts";
import type { Stat } from "../../protocol/layer/messages.ts";
import { readMessage, type Stream, writeMessage } from "../../protocol/link/mod.ts";

export interface ScriptedFile {
  content?: Uint8Array;
  entries?: string[];
  link?: string;
  mode?: number;
}

export type Tree = Map<string, ScriptedFile>;
type ChangeValue = Infer<typeof Change>;
type Operation = Infer<typeof FileOperation>;

const errno = { ENOENT: 2, EEXIST: 17, ENOTEMPTY: 39, EOPNOTSUPP: 95 };
const decoder = new TextDecoder();

/** Makes a change of what `path` names; an errno. */
export function change(tree: Tree, path: string, made: ChangeValue): number {
  const file = tree.get(path);
  if ("makeDirectory" in made) {
    if (file !== undefined) return errno.EEXIST;
    add(tree, path, { entries: [], mode: made.makeDirectory.mode });
    return 0;
  }
  if (file === undefined) return errno.ENOENT;
  if ("changeMode" in made) file.mode = made.changeMode.mode & 0o7777;
  else if ("truncate" in made) file.content = resized(file.content!, Number(made.truncate.size));
  else if ("removeDirectory" in made && file.entries!.length > 0) return errno.ENOTEMPTY;
  else if ("unlink" in made || "removeDirectory" in made) remove(tree, path);
  else if ("rename" in made) {
    remove(tree, path);
    add(tree, decoder.decode(made.rename.to), file);
  } else if (!("setTimes" in made)) return errno.EOPNOTSUPP;
  return 0;
}

export function add(tree: Tree, path: string, file: ScriptedFile): void {
  const { folder, name } = split(path);
  const { entries } = tree.get(folder)!;
  if (!entries!.includes(name)) entries!.push(name);
  tree.set(path, file);
}

function remove(tree: Tree, path: string): void {
  const { folder, name } = split(path);
  const parent = tree.get(folder)!;
  parent.entries = parent.entries!.filter((entry) => entry !== name);
  tree.delete(path);
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf("/");
  return { folder: path.slice(0, slash), name: path.slice(slash + 1) };
}

function resized(content: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(content.subarray(0, size));
  return bytes;
}

/** Answers what is done to an open file until the proxy ends the stream. */
export async function edit(file: ScriptedFile, statOf: () => Infer<typeof Stat>, stream: Stream): Promise<void> {
  while (true) {
    const operation = await readMessage(stream, FileOperation).catch(() => null);
    if (operation === null) return await stream.end();
    if ("read" in operation) {
      await read(file.content!, operation.read, stream);
      continue;
    }
    perform(file, operation);
    await writeMessage(stream, FileResult, { done: { stat: statOf() } });
  }
}

/** The bytes follow their number. */
async function read(content: Uint8Array, { offset, length }: { offset: bigint; length: number }, stream: Stream) {
  const bytes = content.slice(Number(offset), Number(offset) + length);
  await writeMessage(stream, FileResult, { content: { length: bytes.length } });
  if (bytes.length > 0) await stream.write(bytes);
}

function perform(file: ScriptedFile, operation: Operation): void {
  const content = file.content!;
  if ("write" in operation) write(file, Number(operation.write.offset), operation.write.bytes);
  else if ("append" in operation) write(file, content.length, operation.append.bytes);
  else if ("change" in operation && "truncate" in operation.change) {
    file.content = resized(content, Number(operation.change.truncate.size));
  } else if ("change" in operation && "changeMode" in operation.change) {
    file.mode = operation.change.changeMode.mode & 0o7777;
  }
}

function write(file: ScriptedFile, offset: number, bytes: Uint8Array): void {
  file.content = resized(file.content!, Math.max(file.content!.length, offset + bytes.length));
  file.content.set(bytes, offset);
}

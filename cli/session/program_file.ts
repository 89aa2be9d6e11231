/** The file to execute: where PATH has it, and through which door the layer comes into it. */
import { nearest } from "../../config/nearest.ts";
import { MirrordError } from "../error.ts";
import { mayExecute } from "../system/process.ts";
import { type ElfFacts, readElf } from "./elf.ts";

/** `preload`: the layer is preloaded. `supervisor`: the program makes system calls itself, so that it must be watched. */
export type Door = "preload" | "supervisor";

export interface ProgramFile {
  path: string;
  door: Door;
  /** A text file without `#!`, which a shell runs, as execvp(3) has it. */
  needsShell: boolean;
  /** It raises rights, so that the loader refuses to preload, and nobody but root may supervise it. */
  raisesRights: boolean;
}

const scriptLineBytes = 256;
/** The kernel follows this many `#!`. */
const interpreterDepthMax = 5;

/**
 * Finds the program as execvp(3) does.
 *
 * @param name as typed: a path when it holds a slash
 * @param path the variable PATH
 * @returns a path, relative if what it was found by is relative
 * @throws {MirrordError} when there is none, or it may not be executed
 */
export function findProgram(name: string, path: string | undefined): string {
  if (name === "") throw new MirrordError("the name of the program is empty");
  if (name.includes("/")) return checkedPath(name);
  const folders = (path ?? "/bin:/usr/bin").split(":").map((folder) => folder === "" ? "." : folder);
  const candidates = folders.map((folder) => `${folder}/${name}`).filter(isFile);
  const found = candidates.find(mayExecute);
  if (found !== undefined) return found;
  if (candidates.length > 0) throw notExecutable(candidates[0]!);
  throw new MirrordError(`the program \`${name}\` was not found in PATH`, { help: notFoundHelp(name, folders) });
}

/** The path stays as typed: a script sees it as its own name. */
function checkedPath(path: string): string {
  const info = statOf(path);
  if (info === null) throw new MirrordError(`there is no file \`${path}\` to execute`, { help: "Check the path." });
  if (!info.isFile) throw new MirrordError(`\`${path}\` is no program`, { help: "Name a file that can be executed." });
  if (!mayExecute(path)) throw notExecutable(path);
  return path;
}

function notExecutable(path: string): MirrordError {
  return new MirrordError(`\`${path}\` may not be executed`, { help: `Allow it: chmod +x ${path}` });
}

function notFoundHelp(name: string, folders: string[]): string {
  if (isFile(`./${name}`)) return `A file of this name is here: \`./${name}\`.`;
  const known = folders.slice(0, 20).flatMap(namesIn);
  const near = nearest(name, known);
  return near === undefined ? "Check the name, or give its path." : `Did you mean \`${near}\`?`;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].slice(0, 5000).map((entry) => entry.name);
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile ?? false;
}

function statOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}

/**
 * Looks at the file, and at its interpreter when it is a script.
 *
 * @param choice `experimental.door`
 */
export function inspectProgram(path: string, choice: Door | "auto" = "auto"): ProgramFile {
  const raises = raisesRights(path);
  const found = lookInto(path, 0);
  // Below root's supervisor programs raise their rights as ever.
  const isRootsCase = raises && Deno.uid() === 0;
  const door = isRootsCase ? "supervisor" : found === null || choice === "auto" ? found?.door ?? "preload" : choice;
  return { path, door, needsShell: found?.needsShell ?? false, raisesRights: raises && !isRootsCase };
}

interface Found {
  door: Door;
  needsShell: boolean;
}

/** Null when it cannot be read (it may be executable all the same). */
function lookInto(path: string, depth: number): Found | null {
  try {
    using file = Deno.openSync(path);
    const header = readFrom(file, 0, scriptLineBytes);
    if (isText(header, "#!")) return { door: scriptDoor(header, depth), needsShell: false };
    const elf = readElf((offset, length) => readFrom(file, offset, length));
    return { door: elf === null ? "preload" : doorOf(elf), needsShell: elf === null };
  } catch {
    return null;
  }
}

/** Go and its like have a dynamic loader at most for a part: their own system calls pass the C library by. */
function doorOf(elf: ElfFacts): Door {
  const isOpen = elf.interpreter !== null && !elf.bypassesLibrary && !elf.isNarrow && !elf.isSanitized;
  return isOpen ? "preload" : "supervisor";
}

function scriptDoor(header: Uint8Array, depth: number): Door {
  if (depth >= interpreterDepthMax) return "preload";
  const line = new TextDecoder().decode(header.subarray(2)).split("\n")[0]!.trim();
  return lookInto(line.split(/[ \t]/)[0]!, depth + 1)?.door ?? "preload";
}

function isText(header: Uint8Array, text: string): boolean {
  return [...text].every((character, index) => header[index] === character.charCodeAt(0));
}

function readFrom(file: Deno.FsFile, offset: number, length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  let filled = 0;
  for (let count; filled < length && (count = file.readSync(buffer.subarray(filled))) !== null;) filled += count;
  return buffer.subarray(0, filled);
}

function raisesRights(path: string): boolean {
  const info = statOf(path);
  const isSetUser = info !== null && (info.mode! & 0o4000) !== 0 && info.uid !== Deno.uid();
  const isSetGroup = info !== null && (info.mode! & 0o2010) === 0o2010 && info.gid !== Deno.gid();
  return isSetUser || isSetGroup;
}

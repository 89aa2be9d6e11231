/** The last step: this process becomes the user's program, which finds everything as if it had been started natively. */
import { MirrordError } from "../error.ts";
import { closeDescriptor, execute, ignoreSignal, resetSignal, setSoftFileLimit } from "../system/process.ts";
import { bytesFromText } from "./byte_text.ts";
import type { ProgramFile } from "./program_file.ts";

export interface ProgramStart {
  program: ProgramFile;
  /** argv, argv[0] included. */
  argv: readonly string[];
  environment: ReadonlyMap<string, string>;
  softFileLimit: number | null;
  /** Bit n−1 stands for signal n. */
  ignoredSignals: number;
  /** Descriptors that the program is to find closed. */
  closedDescriptors: readonly number[];
}

export interface ExecutedFile {
  path: string;
  argv: readonly string[];
}

/** The file that is really executed: the program, a shell for a script without `#!`, or the supervisor. */
export function executedFile(start: ProgramStart, supervisor: string): ExecutedFile {
  const { program, argv } = start;
  const [name, ...rest] = argv;
  if (program.needsShell) return { path: "/bin/sh", argv: ["/bin/sh", program.path, ...rest] };
  if (program.door === "preload") return { path: program.path, argv };
  return { path: supervisor, argv: [supervisor, "--argv0", name!, "--", program.path, ...rest] };
}

/** @throws {MirrordError} when the file cannot be executed; otherwise this does not return */
export function become(start: ProgramStart, supervisor: string): never {
  const file = executedFile(start, supervisor);
  const environment = [...start.environment].map(([name, value]) => bytesFromText(`${name}=${value}`));
  if (start.softFileLimit !== null) setSoftFileLimit(start.softFileLimit);
  restoreSignals(start.ignoredSignals);
  start.closedDescriptors.forEach(closeDescriptor);
  const errno = execute(bytesFromText(file.path), file.argv.map(bytesFromText), environment);
  throw executeError(errno, file.path);
}

/** What is ignored stays so across execve, and what is caught gets its default. */
function restoreSignals(ignored: number): void {
  for (let signal = 1; signal <= lastStandardSignal; signal++) {
    if ((ignored >>> (signal - 1) & 1) === 1) ignoreSignal(signal);
    else resetSignal(signal);
  }
}

const lastStandardSignal = 31;

const E2BIG = 7;
const ENOENT = 2;
const ENOEXEC = 8;
const EACCES = 13;
const ETXTBSY = 26;

function executeError(errno: number, path: string): MirrordError {
  const reasons: Record<number, [string, string]> = {
    [E2BIG]: [
      "arguments and environment are larger than the kernel allows",
      "Take fewer variables from the target: feature.env.include.",
    ],
    [ENOENT]: ["its interpreter or loader is missing", `Look at it: file ${path}`],
    [ENOEXEC]: ["it is no program for this machine", `Look at it: file ${path}`],
    [EACCES]: ["it may not be executed", `Allow it: chmod +x ${path}`],
    [ETXTBSY]: ["it is being written", "Try again when it is complete."],
  };
  const [reason, help] = reasons[errno] ?? [`errno ${errno}`, `Look at it: file ${path}`];
  return new MirrordError(`\`${path}\` cannot be executed: ${reason}`, { help });
}

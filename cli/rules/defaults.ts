/** Which paths are local, remote or hidden when the user says nothing about them. */

/** What the defaults depend on. */
export interface Surroundings {
  /** The user's home directory, `null` if there is none. */
  home: string | null;
  workingDirectory: string;
  /** The program's file, `null` if it isn't known. */
  executable: string | null;
  temporaryDirectory: string;
  /** The directories of PATH: what is found there is executed on this machine, so it is looked for here only. */
  searchPath: string[];
}

/** Code and libraries of the program, by their names: they belong to the machine it runs on. */
const localNames = [
  String.raw`.\.so$`,
  String.raw`.\.sh$`,
  String.raw`.\.rb$`,
  String.raw`.\.d$`,
  String.raw`.\.pyc$`,
  String.raw`.\.py$`,
  String.raw`.\.jar$`,
  String.raw`.\.class$`,
  String.raw`.\.js$`,
  String.raw`.\.pth$`,
  String.raw`.\.plist$`,
  String.raw`venv\.cfg$`,
  String.raw`clr-.*-pipe-`,
  String.raw`\.pdb$`,
  String.raw`\.dll$`,
  String.raw`.*(^|/)jvm\.cfg$`,
  String.raw`/package\.json$`,
  String.raw`/\.yarnrc$`,
  String.raw`/\.yarnrc.yml$`,
  String.raw`/\.yarnrc.json$`,
  String.raw`/node_modules`,
  String.raw`.*/\.tool-versions$`,
  String.raw`.+\.asdf/.+`,
];

/** Directories that are part of the machine, with everything beneath them. */
const localDirectories = [
  "/proc",
  "/sys",
  "/lib",
  "/etc",
  "/usr",
  "/home",
  "/bin",
  "/sbin",
  "/dev",
  "/opt",
  "/tmp",
  "/var/tmp",
  "/var/db/timezone/zoneinfo",
  "/snap",
  "/run",
  "/selinux",
  "/nix",
  "/home/iojs",
  "/home/runner",
];

export function defaultLocal(surroundings: Surroundings): string[] {
  const { home, workingDirectory, executable, temporaryDirectory, searchPath } = surroundings;
  const patterns = [...localNames, ...localDirectories.map(beneath), "^/Program Files", "^/$"];
  patterns.push(`^${quoted(temporaryDirectory)}`);
  // A program started in the root directory would find everything local.
  if (workingDirectory !== "/") patterns.push(beneath(workingDirectory));
  if (executable !== null) patterns.push(`${quoted(executable)}$`);
  // Each process adds the way to its own script (layer/core/session.zig).
  patterns.push(...waysTo(workingDirectory), ...(executable === null ? [] : waysTo(executable)));
  if (home !== null) patterns.push(`^${quoted(home)}/\\.`);
  patterns.push(...searchPath.filter((directory) => /^\/./.test(directory)).map(beneath));
  return patterns;
}

/** What tells a program in which network it is: the target's, not ours. */
export const defaultReadOnly = [
  String.raw`^/etc/resolv.conf$`,
  String.raw`^/etc/hosts$`,
  String.raw`^/etc/hostname$`,
  String.raw`^/etc/ssl/certs(/|$)`,
];

/** Credentials of the developer, which the program must not take for its own. */
export function defaultNotFound({ home }: Surroundings): string[] {
  if (home === null) return [];
  return ["/.config/gcloud", "/.kube", "/.azure"].map((folder) => `^${quoted(home + folder)}`);
}

/** A pattern that matches exactly `text`. */
function quoted(text: string): string {
  return text.replace(/[^\w/]/gu, (character) => `\\x{${character.codePointAt(0)!.toString(16)}}`);
}

/**
 * One pattern for each directory that leads to `path`. Who resolves a local path name by name asks for each of them (Node
 * does so for its script), and the target may not have them.
 */
function waysTo(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "").slice(0, -1);
  return names.map((_, index) => `^/${quoted(names.slice(0, index + 1).join("/"))}/?$`);
}

function beneath(directory: string): string {
  return `^${quoted(directory)}(/|$)`;
}

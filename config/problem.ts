/** What can be wrong with a configuration. */

/** One thing that is wrong, or doubtful. */
export interface Problem {
  /** Where: the key's path (`feature.fs.mode`), a variable's name, or empty for the whole file. */
  path: string;
  message: string;
  /** Line in the (rendered) file, from 1, where known. */
  line?: number;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  override name = "ConfigError";

  constructor(readonly problems: readonly Problem[], readonly file: string | null) {
    super(problems.map((problem) => problemText(problem, file)).join("\n"));
  }
}

/** A problem as one line: `mirrord.json:3: feature.fs.mode: expected …`. */
export function problemText(problem: Problem, file: string | null): string {
  const place = [];
  if (problem.line !== undefined && file !== null) place.push(`${file}:${problem.line}`);
  else if (file !== null && problem.path === "") place.push(file);
  if (problem.path !== "") place.push(problem.path);
  return [...place, problem.message].join(": ");
}

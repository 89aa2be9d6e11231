/** Errors for users: what happened, why, and what can be done; and how they are shown. */

export interface MirrordErrorOptions {
  /** What the user can do about it; may have several lines. */
  help?: string;
  /** What went wrong below; its message is appended as the reason. */
  cause?: unknown;
}

/** Anything that ends a command with exit code 1. */
export class MirrordError extends Error {
  override name = "MirrordError";
  readonly help: string | null;

  /** @param message one short sentence without a full stop */
  constructor(message: string, options: MirrordErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.help = options.help ?? null;
  }
}

/** A command line that cannot be understood: exit code 2. `message` is complete, with its hint. */
export class UsageError extends Error {
  override name = "UsageError";
}

export const exitCodes = { failure: 1, usage: 2 } as const;

const generalHelp =
  "If this looks like a fault of mirrord, open an issue with this message, the command and `mirrord --version`.";

/** What is shown of an error: a line, the chain of causes below it, and help. */
export interface Shown {
  message: string;
  causes: string[];
  help: string;
}

export function shownError(error: unknown): Shown {
  const message = error instanceof Error ? error.message : String(error);
  const help = error instanceof MirrordError && error.help !== null ? error.help : generalHelp;
  return { message, causes: causesOf(error), help };
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && cause !== null && causes.length < 10) {
    causes.push(cause instanceof Error ? cause.message : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/**
 * The text for a terminal:
 *
 *     Error: the program `x` was not found
 *       because: …
 *     help: …
 */
export function errorText(error: unknown, color = false): string {
  const { message, causes, help } = shownError(error);
  const paint = (code: number, text: string) => color ? `\x1b[${code}m${text}\x1b[0m` : text;
  const lines = [`${paint(31, "Error:")} ${indented(message)}`];
  for (const cause of causes) lines.push(`  because: ${indented(cause)}`);
  lines.push(`${paint(36, "help:")} ${indented(help)}`);
  return lines.join("\n") + "\n";
}

/** The line that IDE extensions look for: `Error: {"message":…,"help":…}`. */
export function errorLine(error: unknown): string {
  const { message, causes, help } = shownError(error);
  return `Error: ${JSON.stringify({ message: [message, ...causes].join(": "), severity: "error", causes, help })}\n`;
}

function indented(text: string): string {
  return text.trimEnd().replaceAll("\n", "\n  ");
}

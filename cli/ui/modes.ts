/** The modes of `MIRRORD_PROGRESS_MODE`. */
import { jsonDisplay } from "./json_display.ts";
import type { Display } from "./progress.ts";
import { simpleDisplay } from "./simple_display.ts";
import { spinnerDisplay } from "./spinner_display.ts";
import { type Output, standardError, standardOutput, wantsColor } from "./terminal.ts";

export type ProgressMode = "std" | "simple" | "json" | "off";

const words: Readonly<Record<string, ProgressMode>> = {
  std: "std",
  standard: "std",
  simple: "simple",
  dumb: "simple",
  json: "json",
  off: "off",
};

/** @param byDefault for a word that is missing or unknown */
export function progressMode(word: string | undefined, byDefault: ProgressMode): ProgressMode {
  return words[word?.toLowerCase() ?? ""] ?? byDefault;
}

export interface DisplayOptions {
  stdout?: Output;
  stderr?: Output;
  /** Whether an IDE listens (MIRRORD_PROGRESS_SUPPORT_IDE). */
  forIde?: boolean;
}

/** `std` draws on the terminal of stderr, and prints plain lines there when it is none. `simple` and `json` use stdout. */
export function openDisplay(mode: ProgressMode, options: DisplayOptions = {}): Display {
  const stdout = options.stdout ?? standardOutput;
  const stderr = options.stderr ?? standardError;
  if (mode === "json") return jsonDisplay(stdout, options.forIde ?? false);
  if (mode === "simple") return simpleDisplay(stdout);
  if (mode === "off") return silent;
  return stderr.isTerminal ? spinnerDisplay(stderr, { color: wantsColor(stderr) }) : simpleDisplay(stderr);
}

const silent: Display = { started() {}, finished() {}, warning() {}, info() {}, close() {} };

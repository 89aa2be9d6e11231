/** An output that keeps what is written. */
import type { Output } from "../terminal.ts";

export interface Recorder extends Output {
  readonly text: string;
  /** What a terminal would show: the effect of `\r`, "up" and "clear line" on lines. */
  screen(): string[];
}

export function recorder(options: { isTerminal?: boolean; columns?: number; rows?: number } = {}): Recorder {
  let text = "";
  return {
    write: (more) => text += more,
    get text() {
      return text;
    },
    isTerminal: options.isTerminal ?? false,
    size: () => ({ columns: options.columns ?? 80, rows: options.rows ?? 24 }),
    screen: () => screenOf(text),
  };
}

function screenOf(text: string): string[] {
  const lines: string[] = [""];
  let row = 0;
  // deno-lint-ignore no-control-regex -- escape sequences are what is looked for
  for (const part of text.match(/\x1b\[\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+/g) ?? []) {
    if (part.startsWith("\x1b[") && part.endsWith("A")) row -= Number(part.slice(2, -1));
    else if (part === "\n") row++;
    else if (part === "\x1b[K") lines[row] = "";
    else if (part !== "\r" && !part.startsWith("\x1b")) lines[row] = (lines[row] ?? "") + part;
    if (row >= lines.length) lines.push("");
  }
  return lines.filter((line) => line !== "");
}

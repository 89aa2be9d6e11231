/** The only place that writes to the user's terminal. */

export interface Output {
  write(text: string): void;
  /** Whether a person looks at it, so that lines may be redrawn and coloured. */
  readonly isTerminal: boolean;
  /** Columns and rows; only asked of a terminal. */
  size(): { columns: number; rows: number };
}

const encoder = new TextEncoder();

type Stream = typeof Deno.stdout | typeof Deno.stderr;

function outputOf(stream: Stream): Output {
  return {
    write: (text) => writeAll(stream, encoder.encode(text)),
    get isTerminal() {
      return stream.isTerminal() && Deno.env.get("TERM") !== "dumb";
    },
    size: terminalSize,
  };
}

/** Written synchronously: what was said before a crash or exec must be there. A reader that has gone is no reason to fail. */
function writeAll(stream: Stream, bytes: Uint8Array): void {
  try {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(stream.writeSync(rest));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe) && !(error instanceof Deno.errors.WouldBlock)) throw error;
  }
}

/** A terminal that doesn't know its size says 0. */
function terminalSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || 80, rows: rows || 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}

export const standardOutput: Output = outputOf(Deno.stdout);
export const standardError: Output = outputOf(Deno.stderr);

/** Whether colours are welcome: on a terminal, unless NO_COLOR says otherwise. */
export function wantsColor(output: Output): boolean {
  return output.isTerminal && (Deno.env.get("NO_COLOR") ?? "") === "";
}

/** Text from elsewhere without control characters, which a terminal would obey; line ends and tabs stay. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the characters meant
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\u{fffd}");
}

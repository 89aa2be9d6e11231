/**
 * The tree of tasks on a terminal: a spinner for each open one, `✓`, `x`, `!` and `*` for what is over, failed, doubtful or
 * worth knowing. The tree is redrawn in place; lines that no longer change and no longer fit scroll away.
 */
import type { Display, TaskFacts } from "./progress.ts";
import { type Output, printable } from "./terminal.ts";

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const tickMs = 60;
const colors = { success: 32, failure: 31, warning: 33, info: 34, open: 36 } as const;
const symbols = { success: "✓", failure: "x", warning: "!", info: "*" } as const;

type State = keyof typeof colors;

interface Line {
  depth: number;
  state: State;
  text: string;
}

export function spinnerDisplay(output: Output, options: { color: boolean }): Display {
  const lines: Line[] = [];
  const lineOf = new Map<TaskFacts, Line>();
  const tree = new Tree(output, options.color, lines);
  const timer = setInterval(() => tree.draw(), tickMs);
  Deno.unrefTimer(timer);
  const add = (line: Line, parent: TaskFacts | null) => {
    lines.splice(insertionIndex(lines, parent === null ? undefined : lineOf.get(parent)), 0, line);
    tree.draw();
  };
  const note = (state: "warning" | "info") => (message: string, task: TaskFacts) => {
    for (const text of message.split("\n")) add({ depth: depthOf(task) + 1, state, text }, task);
  };
  return {
    started(task) {
      const line: Line = { depth: depthOf(task), state: "open", text: task.name };
      lineOf.set(task, line);
      add(line, task.parent);
    },
    finished(task, success, message) {
      const line = lineOf.get(task)!;
      line.state = success ? "success" : "failure";
      line.text = message ?? task.name;
      tree.draw();
    },
    warning: note("warning"),
    info: note("info"),
    close() {
      clearInterval(timer);
      tree.draw(true);
    },
  };
}

function depthOf(task: TaskFacts): number {
  return task.parent === null ? 0 : depthOf(task.parent) + 1;
}

/** After everything that stands below the parent. */
function insertionIndex(lines: Line[], parent: Line | undefined): number {
  if (parent === undefined) return lines.length;
  let index = lines.indexOf(parent) + 1;
  while (index < lines.length && lines[index]!.depth > parent.depth) index++;
  return index;
}

class Tree {
  #drawnRows = 0;
  #tick = 0;

  constructor(readonly output: Output, readonly color: boolean, readonly lines: Line[]) {}

  /** @param whole for the last time: nothing is cut off to fit the terminal, because nothing is redrawn afterwards */
  draw(whole = false): void {
    this.#tick++;
    const { columns, rows } = this.output.size();
    const room = Math.max(1, rows - 1);
    const shown = whole ? this.lines : this.lines.slice(-room);
    const back = this.#drawnRows === 0 ? "" : `\x1b[${this.#drawnRows}A`;
    const text = shown.map((line) => `\r\x1b[K${this.#line(line, whole ? Infinity : columns)}\n`).join("");
    this.output.write(back + text);
    this.#drawnRows = Math.max(this.#drawnRows, Math.min(shown.length, room));
  }

  #line(line: Line, columns: number): string {
    const symbol = line.state === "open" ? spinner[this.#tick % spinner.length]! : symbols[line.state];
    const indent = "  ".repeat(line.depth);
    const room = Math.max(1, columns - indent.length - 3);
    const characters = [...printable(line.text)];
    const isLong = characters.length > room;
    const text = isLong ? characters.slice(0, room - 1).join("") + "…" : characters.join("");
    const painted = this.color ? `\x1b[${colors[line.state]}m${symbol}\x1b[0m` : symbol;
    return `${indent}${painted} ${text}`;
  }
}

/** Plain lines without symbols, for logs and pipes. */
import type { Display } from "./progress.ts";
import { type Output, printable } from "./terminal.ts";

export function simpleDisplay(output: Output): Display {
  const line = (text: string) => output.write(printable(text) + "\n");
  return {
    started: (task) => line(task.name),
    finished(task, success, message) {
      if (message !== null) line(message);
      else if (!success) line(`failed: ${task.name}`);
    },
    warning: line,
    info: line,
    close() {},
  };
}

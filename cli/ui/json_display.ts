/** One JSON object a line, for IDE extensions: names and order of the fields are their contract. */
import type { Display } from "./progress.ts";
import type { Output } from "./terminal.ts";

export function jsonDisplay(output: Output, forIde: boolean): Display {
  const line = (message: Record<string, unknown>) => output.write(JSON.stringify(message) + "\n");
  return {
    started: (task) => line({ type: "NewTask", name: task.name, parent: task.parent?.name ?? null }),
    finished: (task, success, message) => line({ type: "FinishedTask", name: task.name, success, message }),
    warning: (message) => line({ type: "Warning", message }),
    info: (message) => line({ type: "Info", message }),
    ideMessage: (message) => {
      if (forIde) line({ type: "IdeMessage", message });
    },
    close() {},
  };
}

/** How opening a target tells the user what it is doing. */
import type { Report } from "../session/proxy_messages.ts";

export interface Progress {
  /** Begins a step; the tasks of the returned one are its parts. */
  task(name: string): Task;
  info(message: string): void;
  warning(message: string): void;
}

export interface Task extends Progress {
  /** `message` replaces the step's name. */
  done(message?: string): void;
  failed(message?: string): void;
}

/** Progress as lines of the internal proxy's output. */
export function reportedProgress(report: Report): Progress {
  let lastId = 0;
  const within = (parent: number | null): Progress => ({
    task(name) {
      const id = ++lastId;
      report({ type: "task", id, parent, name });
      const finish = (success: boolean) => (message?: string) =>
        report({ type: "finished", id, success, message: message ?? null });
      return { ...within(id), done: finish(true), failed: finish(false) };
    },
    info: (message) => report({ type: "info", message }),
    warning: (message) => report({ type: "warning", message }),
  });
  return within(null);
}

/** Does `work` as a step that is done or failed with it. */
export async function asTask<T>(progress: Progress, name: string, work: (task: Task) => Promise<T>): Promise<T> {
  const task = progress.task(name);
  try {
    const result = await work(task);
    task.done();
    return result;
  } catch (error) {
    task.failed();
    throw error;
  }
}

/** How a command tells what it is doing: a tree of tasks, with warnings and information between them. */

/**
 * One step. It must be finished by `success` or `failure`; one that is left otherwise (`using task = …`, an exception) has
 * failed, and is shown so.
 */
export interface Task extends Disposable {
  subtask(name: string): Task;
  /** @param message replaces the task's name */
  success(message?: string): void;
  failure(message?: string): void;
  warning(message: string): void;
  info(message: string): void;
}

/** What a mode of display must do. Tasks are told in the order of their events; names are what users read. */
export interface Display {
  started(task: TaskFacts): void;
  finished(task: TaskFacts, success: boolean, message: string | null): void;
  warning(message: string, task: TaskFacts): void;
  info(message: string, task: TaskFacts): void;
  /** For IDEs only; others ignore it. */
  ideMessage?(message: IdeMessage): void;
  /** Nothing more comes: what was drawn stays. */
  close(): void;
}

export interface TaskFacts {
  name: string;
  parent: TaskFacts | null;
}

/** A notification of an IDE extension. */
export interface IdeMessage {
  id: string;
  level: "Info" | "Warning";
  text: string;
  actions: { kind: "Link"; label: string; link: string }[];
}

/** The root task of a command. */
export function startProgress(display: Display, name: string): Task {
  return startTask(display, { name, parent: null });
}

function startTask(display: Display, facts: TaskFacts): Task {
  let isFinished = false;
  const finish = (success: boolean, message?: string) => {
    if (isFinished) return;
    isFinished = true;
    display.finished(facts, success, message ?? null);
  };
  display.started(facts);
  return {
    subtask: (name) => startTask(display, { name, parent: facts }),
    success: (message) => finish(true, message),
    failure: (message) => finish(false, message),
    warning: (message) => display.warning(message, facts),
    info: (message) => display.info(message, facts),
    [Symbol.dispose]: () => finish(false),
  };
}

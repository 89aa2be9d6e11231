/** Shows what the internal proxy does, as tasks of the command. */
import { MirrordError } from "../error.ts";
import type { Task } from "../ui/progress.ts";
import type { ProxyMessage, ProxyReady } from "./proxy_messages.ts";

/**
 * Relays until the proxy is ready.
 *
 * @param parent the task below which the proxy's tasks are shown
 * @param lastWords what the proxy left on stderr, asked when it dies
 * @throws {MirrordError} when the proxy says that it cannot, or dies
 */
export async function relayProgress(
  messages: AsyncIterable<ProxyMessage>,
  parent: Task,
  lastWords: () => Promise<string>,
): Promise<ProxyReady> {
  const tasks = new Map<number, Task>();
  for await (const message of messages) {
    if (message.type === "ready") return message;
    if (message.type === "error") {
      for (const task of [...tasks.values()].reverse()) task.failure();
      throw new MirrordError(message.message, message.help === null ? {} : { help: message.help });
    }
    show(message, tasks, parent);
  }
  const words = await lastWords();
  throw new MirrordError("the internal proxy ended before the session was ready", {
    ...(words === "" ? {} : { cause: words }),
    help: "Its log may say why: set internal_proxy.log_destination to keep it, and internal_proxy.log_level to debug.",
  });
}

function show(
  message: Exclude<ProxyMessage, { type: "ready" | "error" }>,
  tasks: Map<number, Task>,
  parent: Task,
): void {
  const current = [...tasks.values()].at(-1) ?? parent;
  switch (message.type) {
    case "task": {
      const owner = message.parent === null ? parent : tasks.get(message.parent) ?? parent;
      tasks.set(message.id, owner.subtask(message.name));
      return;
    }
    case "finished": {
      const task = tasks.get(message.id);
      tasks.delete(message.id);
      const text = message.message ?? undefined;
      return message.success ? task?.success(text) : task?.failure(text);
    }
    case "info":
      return current.info(message.message);
    case "warning":
      return current.warning(message.message);
  }
}

/** Servers of frameworks: a source of `tests/apps` is put into the run's folder, where it can be edited. */
import { sendSignal } from "../process.ts";
import type { Serve, ServeCommand, ServeOrder } from "../program.ts";
import { apps } from "../provision/cache.ts";

export interface FromSource {
  /** Beneath `tests/apps`. */
  source: string;
  /** Its name in the run's folder. */
  as: string;
  command(order: ServeOrder): string[];
  env?: Record<string, string>;
  /** The server itself sees that its source was edited, or loads it anew at this signal. */
  reloads?: "itself" | Deno.Signal;
}

/**
 * The program learns its port and where to write what it saw by PORT and SEEN; what to visit, if it is to, by VISIT, a JSON
 * list; and where our other programs are by APPS.
 */
export function serveFromSource({ source, as, command, env, reloads }: FromSource): Serve {
  const place = async (order: ServeOrder) => {
    const text = await Deno.readTextFile(`${apps}/${source}`);
    const path = `${order.folder}/${as}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text.replace(`word = "local"`, `word = "${order.word}"`));
  };
  return {
    command: async (order): Promise<ServeCommand> => {
      await place(order);
      const known = {
        PORT: String(order.port),
        SEEN: order.seen,
        APPS: apps,
        VISIT: JSON.stringify(order.visit ?? null),
      };
      return { command: command(order), cwd: order.folder, env: { ...known, ...env } };
    },
    reload: reloads && (async (order, pid) => {
      await place(order);
      if (reloads !== "itself") sendSignal(pid, reloads);
    }),
  };
}

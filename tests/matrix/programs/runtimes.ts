/** Deno and Bun. */
import { answering, type Program } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { bun } from "../provision/runtimes.ts";

export const runtimePrograms: Program[] = [
  {
    name: "Deno",
    prepare: () => {
      const deno = [Deno.execPath(), "run", "--quiet", "--allow-all", "--no-lock", "--no-check"];
      return Promise.resolve({
        version: [Deno.execPath(), "--version"],
        view: { every: [...deno, `${apps}/deno/visit.ts`] },
        serve: answering([...deno, `${apps}/deno/answer.ts`]),
      });
    },
  },
  {
    name: "Bun",
    prepare: async () => ({
      version: [await bun(), "--version"],
      view: { every: [await bun(), `${apps}/bun/visit.js`] },
      serve: answering([await bun(), `${apps}/bun/answer.js`]),
    }),
  },
];

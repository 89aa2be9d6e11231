/** Python, by the means of its own library and of others. */
import { answering, type Program } from "../program.ts";
import { apps } from "../provision/cache.ts";

const visit = `${apps}/python/visit.py`;

/** CPython itself: what stands on PATH may be a script that looks for it. */
async function interpreter(): Promise<string> {
  const command = new Deno.Command("python3", { args: ["-c", "import sys; print(sys.executable)"] });
  return new TextDecoder().decode((await command.output()).stdout).trim();
}

export const pythonPrograms: Program[] = [
  {
    name: "Python, urllib and http.server",
    core: true,
    prepare: async () => ({
      version: ["python3", "--version"],
      view: { every: [await interpreter(), visit] },
      serve: answering([await interpreter(), `${apps}/python/answer.py`]),
    }),
  },
  {
    name: "Python, asyncio",
    prepare: async () => ({
      version: ["python3", "--version"],
      executable: await interpreter(),
      view: { every: ["env", "VISIT_WITH=asyncio", await interpreter(), visit] },
    }),
  },
];

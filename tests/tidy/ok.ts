/** `./dev ok`: everything a reviewer should not have to look at. Prints a line a check and `N passed, N failed`. */
import { cacheFolder, zig } from "../../build/toolchain.ts";
import { layoutProblems } from "./layout.ts";

const deno = Deno.execPath();
const root = new URL("../..", import.meta.url).pathname;

interface Check {
  name: string;
  problems(): Promise<string>;
}

/** A tool that is silent when all is well. */
function tool(name: string, command: string, args: string[]): Check {
  const problems = async () => {
    const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd: root, env: { NO_COLOR: "1" } })
      .output();
    return success ? "" : new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  };
  return { name, problems };
}

const checks: Check[] = [
  tool("format", deno, ["fmt", "--check", "--quiet"]),
  tool("lint", deno, ["lint", "--quiet"]),
  tool("types", deno, ["check", "--quiet", "."]),
  tool("generated files", deno, ["task", "--quiet", "generate", "--check"]),
  tool("zig format", zig(), ["fmt", "--check", "layer"]),
  { name: "layout", problems: async () => (await layoutProblems(root)).join("\n") },
];

let failed = 0;
await Deno.mkdir(cacheFolder(), { recursive: true });
for (const check of checks) {
  const problems = await check.problems();
  if (problems !== "") failed++;
  console.log(problems === "" ? `ok      ${check.name}` : `FAILED  ${check.name}\n${problems}`);
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);

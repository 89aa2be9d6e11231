/** `./dev ok`: everything a reviewer should not have to look at. Prints a line a check and `N passed, N failed`. */
import { cacheFolder, zig } from "../../build/toolchain.ts";
import { checklistProblems } from "./checklist.ts";
import { commentProblems } from "./comments.ts";
import { documentProblems } from "./documents.ts";
import { exportProblems } from "./exports.ts";
import { layoutProblems } from "./layout.ts";
import { messageProblems } from "./messages.ts";

const deno = Deno.execPath();
const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

interface Check {
  name: string;
  /** What is wrong, as lines; none when all is well. */
  problems(): Promise<string[]>;
}

/** A tool that fails when something is wrong. `lines`: those of its output that say what. */
function tool(name: string, command: string, args: string[], lines = /./): Check {
  const problems = async () => {
    const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd: root, env: { NO_COLOR: "1" } })
      .output();
    if (success) return [];
    const output = [stdout, stderr].flatMap((bytes) => new TextDecoder().decode(bytes).split("\n"));
    return output.filter((line) => lines.test(line));
  };
  return { name, problems };
}

function rules(name: string, problems: (root: string) => Promise<string[]>): Check {
  return { name, problems: () => problems(root) };
}

const checks: Check[] = [
  tool("format", deno, ["fmt", "--check"], /^(from|error)\b/),
  tool("lint", deno, ["lint", "--quiet"]),
  tool("types", deno, ["check", "--quiet", "."]),
  tool("generated files", deno, ["task", "--quiet", "generate", "--check"]),
  tool("zig format", zig(), ["fmt", "--check", "layer", "protocol", "tests"]),
  rules("layout", layoutProblems),
  rules("exports", exportProblems),
  rules("documents", documentProblems),
  rules("comments", commentProblems),
  rules("checklist", checklistProblems),
  rules("messages", messageProblems),
];

let failed = 0;
await Deno.mkdir(cacheFolder(), { recursive: true });
for (const check of checks) {
  const problems = await check.problems();
  if (problems.length > 0) failed++;
  console.log(problems.length === 0 ? `ok      ${check.name}` : `FAILED  ${check.name}\n${problems.join("\n")}`);
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);

/**
 * The entry of the `mirrord` command. Answers `--version` and hands hidden helpers over before anything is imported: a start
 * costs what it needs.
 */
import { version } from "./version.ts";

const [first] = Deno.args;
if (first === "--version" || first === "-V") {
  Deno.stdout.writeSync(new TextEncoder().encode(`mirrord ${version}\n`));
} else if (first === "intproxy") {
  const { runProxyProcess } = await import("./commands/intproxy.ts");
  await runProxyProcess();
} else if (first === "end-session") {
  const { runEndSession } = await import("./intproxy/end_session.ts");
  await runEndSession(Deno.args[1]!);
} else {
  if (first === "exec") (await import("./session/early_proxy.ts")).startEarly();
  const { runProgram } = await import("./program.ts");
  Deno.exit(await runProgram(Deno.args));
}

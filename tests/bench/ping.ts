/**
 * Opens a session with the target's agent as the internal proxy does, and pings: `ping.ts TARGET NAMESPACE CONFIG`. Each line on
 * stdin is a number of pings, answered with {"p50Us","p99Us"}.
 */
import { findInstallation } from "../../cli/session/installation.ts";
import { openTarget } from "../../cli/target/open.ts";
import type { Progress, Task } from "../../cli/target/progress.ts";
import { loadConfig } from "../../config/load.ts";
import { connectSession, type Session } from "../../protocol/link/mod.ts";

const [target, namespace, file] = Deno.args as [string, string, string];

const silent: Progress = {
  task: (): Task => ({ ...silent, done: () => {}, failed: () => {} }),
  info: () => {},
  warning: (message) => console.error(message),
};

async function percentiles(session: Session, count: number): Promise<{ p50Us: number; p99Us: number }> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) times.push(await session.ping() * 1000);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((count - 1) * share)]!;
  return { p50Us: at(0.5), p99Us: at(0.99) };
}

const settings: Record<string, string> = {
  MIRRORD_IMPERSONATED_TARGET: target,
  MIRRORD_TARGET_NAMESPACE: namespace,
};
const { config } = await loadConfig({ file, variables: (name) => settings[name] ?? Deno.env.get(name) });
const home = Deno.env.get("HOME") ?? "/";
const connection = await openTarget({
  config,
  installation: findInstallation(),
  home,
  progress: silent,
  onAgentLine: () => {},
});
const session = await connectSession({ dial: () => connection.dial(), token: connection.token, holder: "bench@here" });
console.log("ready");
let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) console.log(JSON.stringify(await percentiles(session, Number(line))));
}
await session.end("done");
await connection.close(false);
Deno.exit(0);

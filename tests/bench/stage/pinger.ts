/** The tunnel's own ping: a session with an agent of its own, without a program. */
import { at, type BenchCluster, laptop, namespace, userEnvironment } from "./cluster.ts";
import { Program } from "./program.ts";

const script = new URL("../ping.ts", import.meta.url).pathname;
const denoConfig = new URL("../../../deno.json", import.meta.url).pathname;

/** Answers a number of pings with their percentiles. */
export async function startPinger(cluster: BenchCluster): Promise<Program> {
  const pod = await cluster.pod("ping");
  const deno = [Deno.execPath(), "run", "--quiet", "-A", "--config", denoConfig, script];
  const command = [...deno, `pod/${pod.name}`, namespace, cluster.configFile];
  return await Program.start(at(laptop, command), { env: userEnvironment });
}

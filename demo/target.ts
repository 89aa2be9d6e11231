/**
 * The demo's target: a process with a network, files, environment and host name of its own, and a private service that
 * only it can reach. It runs inside the namespaces that `isolated_target.ts` made, and obeys one word a line on stdin:
 * `visit` asks the target's public port as a client of its network would, and prints the answer.
 */
import { run } from "../build/toolchain.ts";
import { address, greetingFile, hostName, privateAnswer, privateName, publicPort, servicePort } from "./scene.ts";

/** Everything is private to this process' namespaces and gone with it. */
async function furnish(): Promise<void> {
  await run("hostname", [hostName]);
  await run("ip", ["link", "set", "lo", "up"]);
  await run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  await run("mount", ["-t", "tmpfs", "mirrord-demo", "/srv"]);
  await Deno.writeTextFile(greetingFile, "hello from a file that only the target has\n");
  await Deno.writeTextFile("/srv/hosts", `127.0.0.1 localhost\n${address} ${privateName}\n`);
  await run("mount", ["--bind", "/srv/hosts", "/etc/hosts"]);
}

async function visit(): Promise<string> {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    const response = await fetch(`http://${address}:${publicPort}/`, { client, signal: AbortSignal.timeout(5000) });
    return (await response.text()).trim();
  } catch (error) {
    return `no answer: ${error instanceof Error ? error.message : error}`;
  } finally {
    client.close();
  }
}

await furnish();
const quiet = { onListen: () => {} };
Deno.serve({ ...quiet, hostname: address, port: servicePort }, () => new Response(privateAnswer));
Deno.serve({ ...quiet, hostname: "0.0.0.0", port: publicPort }, () => new Response("answered by the target"));
console.log("ready");

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const words of lines) {
  for (const word of words.split("\n")) if (word === "visit") console.log(await visit());
}
Deno.exit(0);

/** A real internal proxy as a process, with a fake agent behind `connect_tcp` and a small program of the tests. */
import { configSchema } from "../../config/config.ts";
import type { ProxyInput, ProxyMessage, ProxyReady } from "../../cli/session/proxy_messages.ts";
import { version } from "../../cli/version.ts";
import { FakeAgent, fakeToken, once } from "./fake_agent.ts";
import { LayerClient } from "./layer_client.ts";

const cli = new URL("../../cli/main.ts", import.meta.url).pathname;

const describeReply = {
  version,
  hostname: new TextEncoder().encode("shop"),
  containerId: null,
  targetPid: 1,
  sharesOurNetwork: false,
  kernel: "6.1",
  incomingUnavailable: null,
};

export interface RunningProxy {
  agent: FakeAgent;
  pid: number;
  /** All messages up to `ready` or `error`. */
  messages: ProxyMessage[];
  ready: ProxyReady;
  /** The user's program; it writes what it inherited to its own stderr. */
  program: Deno.ChildProcess;
  /** What the guardian was told: its order, and `done` when it was dismissed. */
  guardianLines(): string[];
  join(): Promise<LayerClient>;
  /** The folder that all files of this run are in, the proxy's own folder in memory excepted. */
  folder: string;
  /** Resolves with the proxy's exit code. */
  ended: Promise<number>;
}

/** Starts a proxy, waits for its last message and runs the test; everything is ended afterwards. */
export async function withProxy(
  test: (proxy: RunningProxy) => Promise<void>,
  options: { token?: string; program?: string; isSilent?: boolean; tunnelsToBreak?: number } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-life-test-" });
  const agent = await FakeAgent.create({
    // A silent agent takes requests and answers none.
    describe: options.isSilent ? () => {} : once(describeReply),
    env: once({ variables: [new TextEncoder().encode("GREETING=hello=you")] }),
    retarget: once({ errno: 0 }),
  });
  agent.tunnelsToBreak = options.tunnelsToBreak ?? 0;
  const server = agent.listen();
  const program = new Deno.Command("/bin/sh", {
    args: ["-c", options.program ?? "exec sleep 60"],
    env: { FOLDER: folder },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const input = await proxyInput(folder, server.port, program.pid, options.token ?? fakeToken);
  const proxy = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", cli, "intproxy"],
    env: { TMPDIR: folder, XDG_RUNTIME_DIR: folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const writer = proxy.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(input) + "\n"));
    await writer.close();
    const messages = await readMessages(proxy.stdout);
    const ready = messages.at(-1) as ProxyReady;
    const ended = proxy.status.then(({ code }) => code);
    const join = async () => {
      const [name, secret] = parseAddress(ready.layer.address);
      return (await LayerClient.join(await Deno.connect({ transport: "unix", path: `\0${name}` }), secret))!;
    };
    const guardianLines = () => Deno.readTextFileSync(`${folder}/guardian`).trim().split("\n");
    await test({ agent, pid: proxy.pid, messages, ready, program, guardianLines, join, folder, ended });
  } finally {
    for (const process of [program, proxy]) kill(process);
    await Promise.all([program.status, proxy.status, program.stderr.locked ? null : program.stderr.cancel()]);
    server.close();
    await agent.restart();
    await Deno.remove(folder, { recursive: true });
  }
}

async function proxyInput(folder: string, port: number, pid: number, token: string): Promise<ProxyInput> {
  await Deno.writeTextFile(`${folder}/token`, token);
  // Stands for the launcher: as the guardian it writes down what it is told, and it makes no file system.
  for (const part of ["l.so", "s"]) await Deno.writeTextFile(`${folder}/${part}`, part);
  const launcher = `${folder}/launcher`;
  await Deno.writeTextFile(
    launcher,
    `#!/bin/sh\n[ $1 = guard ] && while read -r line; do echo "$line" >> ${folder}/guardian; done\n`,
    {
      mode: 0o755,
    },
  );
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const config = configSchema.parse({
    connect_tcp: { address: `127.0.0.1:${port}`, token_file: `${folder}/token`, tls: false },
  });
  return {
    version,
    sessionId: crypto.getRandomValues(new Uint8Array(8)).toHex(),
    config,
    installation: {
      home: folder,
      layer: `${folder}/l.so`,
      supervisor: `${folder}/s`,
      launcher,
      compiled: null,
      selfCommand: ["/mirrord"],
    },
    cwd: "/",
    home: folder,
    holder: "tester@here",
    program: { path: "/bin/sleep", argv: ["sleep", "60"] },
    pid,
    pidStartTicks: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]),
  };
}

/** Reads up to the last message; what comes then belongs to nobody. */
async function readMessages(output: ReadableStream<Uint8Array>): Promise<ProxyMessage[]> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (/^\{"type":"(ready|error)".*\n/m.test(text)) break;
  }
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

/** Socket name and secret of `@name:hex`. */
function parseAddress(address: string): [name: string, secret: Uint8Array] {
  const [name, secret] = address.slice(1).split(":");
  return [name!, Uint8Array.fromHex(secret!)];
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

/**
 * A stage for `exec` without cluster and agent: a folder with a launcher that only detaches, a library that changes nothing,
 * and a proxy that is a shell script saying what a test wants.
 */
import type { ProxyMessage, ProxyReady } from "../proxy_messages.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;

export interface Stage extends AsyncDisposable {
  folder: string;
  /** The order that the proxy got, parsed. */
  order(): Promise<Record<string, unknown>>;
  /** Runs `mirrord` with these words. */
  run(words: string[], options?: RunOptions): Promise<Result>;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Shell code that starts it, with the command line as "$@"; by default nothing stands between. */
  shell?: string;
}

export interface Result {
  pid: number;
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
}

const launcher = `#!/bin/sh
# detach -- PROGRAM ARGS…
shift 2
exec 3<&0
setsid "$@" <&3 3<&- &
exit 0
`;

/** What the proxy says at last, when nothing else is wanted. */
export const ready: ProxyReady = {
  type: "ready",
  pid: 1,
  remoteEnvironment: { FROM_TARGET: "yes", PATH: "/target/bin" },
  layer: {
    address: "@mirrord-test:00",
    configPath: "/nonexistent/layer.bin",
    library: harmlessLibrary(),
    supervisor: "/nonexistent/supervisor",
  },
  target: "pod/test",
  logPath: null,
};

/** @param messages what the proxy says; texts go to its stderr */
export async function openStage(messages: (ProxyMessage | string)[] = [ready]): Promise<Stage> {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-stage-" });
  await writeScript(`${folder}/mirrord-launcher`, launcher);
  await writeScript(`${folder}/proxy`, proxyScript(folder, messages));
  return {
    folder,
    order: async () => JSON.parse(await Deno.readTextFile(`${folder}/order.json`)),
    run: (words, options = {}) => run(folder, words, options),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function proxyScript(folder: string, messages: (ProxyMessage | string)[]): string {
  const lines = messages.map((message) =>
    typeof message === "string"
      ? `printf '%s\\n' '${message}' >&2`
      : `printf '%s\\n' '${JSON.stringify(message).replaceAll("'", "'\\''")}'`
  );
  return ["#!/bin/sh", "IFS= read -r order || exit 0", `printf '%s' "$order" > '${folder}/order.json'`, ...lines, ""]
    .join("\n");
}

async function writeScript(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, 0o755);
}

/** The C library itself: preloading it changes nothing, and it is there wherever Deno runs. */
function harmlessLibrary(): string {
  return /\s(\/\S*libc\.so\.6)$/m.exec(Deno.readTextFileSync("/proc/self/maps"))![1]!;
}

async function run(folder: string, words: string[], options: RunOptions): Promise<Result> {
  const mirrord = [Deno.execPath(), "run", "-A", main, ...words];
  return await execute(mirrord, {
    ...options,
    env: { MIRRORD_HOME: folder, MIRRORD_SELF: `${folder}/proxy`, ...options.env },
  });
}

/** Runs a command line natively, in the same surroundings. */
export async function execute(command: string[], options: RunOptions = {}): Promise<Result> {
  const line = options.shell === undefined ? command : ["/bin/sh", "-c", options.shell, "sh", ...command];
  const child = new Deno.Command(line[0]!, {
    args: line.slice(1),
    env: { NO_COLOR: "1", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return { pid: child.pid, code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

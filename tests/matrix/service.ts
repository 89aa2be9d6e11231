/** Servers in the target's namespaces, which tools under test talk to. */
import type { Place } from "./place.ts";
import { brief } from "./outcome.ts";
import type { Running } from "./process.ts";
import type { Service } from "./program.ts";

const readyTimeoutMs = 20_000;
const graceMs = 3000;

export interface RunningService extends AsyncDisposable {
  pid: number;
}

/** Resolves when it accepts connections. */
export async function startService(place: Place, service: Service, folder: string): Promise<RunningService> {
  await Deno.mkdir(folder, { recursive: true });
  for (const words of service.before?.(folder) ?? []) await complete(place, words);
  const running = place.beside(service.command(folder), { cwd: folder });
  await accepting(place, service.port, running);
  for (const words of service.after?.(folder) ?? []) await complete(place, words);
  return {
    pid: running.pid,
    async [Symbol.asyncDispose]() {
      await running.stop(graceMs);
    },
  };
}

async function complete(place: Place, words: string[]): Promise<void> {
  const { code, stdout, stderr } = await place.beside(words).end(60_000);
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${brief(stderr + stdout)}`);
}

async function accepting(place: Place, port: number, running: Running): Promise<void> {
  const script = `for i in $(seq ${readyTimeoutMs / 100}); do (: < /dev/tcp/127.0.0.1/${port}) 2> /dev/null ` +
    `&& exit 0; sleep 0.1; done; exit 1`;
  const { code } = await place.beside(["bash", "-c", script]).end(readyTimeoutMs * 2);
  if (code === 0) return;
  running.killGroup();
  throw new Error(`no service on port ${port}: ${brief(running.output)}`);
}

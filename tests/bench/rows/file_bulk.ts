/** A large file of the pod, read by an ordinary program in pieces of 64 KiB. */
import type { Measurement } from "../measurement.ts";
import { interleave, timeMs } from "../rounds.ts";
import { at, laptop, largeFile, namespace, type Pod, userEnvironment } from "../stage/cluster.ts";

const readBytes = 64 * 1024;

export const fileBulk: Measurement = {
  name: "file-bulk",
  async measure(stage) {
    const { pod, client } = await stage.session();
    const { ours, anchor } = await interleave({
      ours: async () => {
        const answer = await client.ask<{ seconds: number; bytes: number }>(`read ${largeFile.path} ${readBytes}`);
        if (answer.bytes !== largeFile.bytes) throw new Error(`${answer.bytes} bytes were read`);
        return { rate: rate(answer.seconds) };
      },
      anchor: async () => ({ rate: rate(await timeMs(() => readByExec(pod)) / 1000) }),
    });
    const budget = { name: "file-bulk", unit: "MB/s", anchor: "kubectl exec cat", rule: "atLeast", limit: 1 } as const;
    return [{ budget, ours: ours.rate, anchor: anchor.rate }];
  },
};

function rate(seconds: number): number {
  return largeFile.bytes / 1e6 / seconds;
}

async function readByExec(pod: Pod): Promise<void> {
  const [program, ...args] = at(laptop, ["kubectl", "-n", namespace, "exec", pod.name, "--", "cat", largeFile.path]);
  const options = { args, env: userEnvironment, stdin: "null", stdout: "piped", stderr: "null" } as const;
  const child = new Deno.Command(program!, { ...options, signal: AbortSignal.timeout(60_000) }).spawn();
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  await child.status;
  if (bytes !== largeFile.bytes) throw new Error(`kubectl exec cat gave ${bytes} bytes`);
}

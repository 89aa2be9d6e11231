/** Files of a pod at three distances: what is read twice, ahead or at once must not cost a way there and back each time. */
import type { Result } from "../budget.ts";
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { compile } from "../stage/apps.ts";
import {
  at,
  type BenchCluster,
  largeFile,
  modulesFolder,
  ports,
  smallFile,
  userEnvironment,
  writtenFile,
} from "../stage/cluster.ts";
import { FarLink } from "../stage/far_link.ts";
import { allModules } from "../stage/modules.ts";
import { Program } from "../stage/program.ts";
import { transfer } from "./bulk.ts";
import type { Latency } from "./latency.ts";

const megabitsPerSecond = 200;
const blockBytes = 64 * 1024;
const smallBlockBytes = 4096;
/** MB/s of 4 kB writes that were published for the original product. */
const publishedMegabytes = 0.093;
const rounds = 3;
const pings = 40;
/** One way in milliseconds. */
const delays = [0, 0.5, 10];
const importMs = 240_000;

export const filesFar: Measurement = {
  name: "files-far",
  async measure(stage) {
    const cluster = await stage.cluster();
    const results: Result[] = [];
    for (const [index, delayMs] of delays.entries()) {
      const line = { name: `files${index}`, number: 10 + index, delayMs, megabitsPerSecond };
      await using link = await FarLink.open(line);
      results.push(...await measureAt(cluster, link, delayMs));
    }
    return results;
  },
};

async function measureAt(cluster: BenchCluster, link: FarLink, delayMs: number): Promise<Result[]> {
  const pod = await cluster.pod("main");
  await using client = await cluster.session(pod, link);
  const runner = await compile("runner");
  await using starter = await Program.start(at(link, cluster.exec(pod, [runner])), {
    env: userEnvironment,
    timeoutMs: importMs,
  });
  const read = async (file: { path: string; bytes: number }, block: number) => {
    const { seconds, bytes } = await client.ask<{ seconds: number; bytes: number }>(`read ${file.path} ${block}`);
    if (bytes !== file.bytes) throw new Error(`${bytes} bytes were read`);
    return seconds;
  };
  const { file, tunnel } = await interleave({
    file: async () => ({
      smallMs: await read(smallFile, 1) * 1000,
      rate: largeFile.bytes / 1e6 / await read(largeFile, blockBytes),
      writeRate: await write(client),
    }),
    tunnel: async () => ({
      tripMs: (await client.ask<Latency>(`echo ${pod.address} ${ports.echo} ${pings}`)).p50Us / 1000,
      rate: await transfer(client, "download", pod.address, ports.source, largeFile.bytes),
    }),
  }, rounds);
  const { script, count } = allModules;
  const modulesMs = await starter.ask<number>(`1 /usr/bin/python3 -B ${modulesFolder}/${script}`);
  return rows(`${2 * delayMs} ms`, file, tunnel, { ms: modulesMs, count });
}

/** MB/s. */
async function write(client: Program): Promise<number> {
  const { path, bytes } = writtenFile;
  const { seconds } = await client.ask<{ seconds: number }>(`write ${path} ${smallBlockBytes} ${bytes}`);
  return bytes / 1e6 / seconds;
}

function rows(
  where: string,
  file: { smallMs: number; rate: number; writeRate: number },
  tunnel: { tripMs: number; rate: number },
  modules: { ms: number; count: number },
): Result[] {
  const trip = "a way there and back";
  const small = { name: `small at ${where}`, unit: "ms", anchor: trip, rule: "atMost" } as const;
  const large = { name: `large at ${where}`, unit: "MB/s", anchor: "a connection", rule: "atLeast" } as const;
  const writing = {
    name: `write at ${where}`,
    unit: "MB/s",
    anchor: "the original, published",
    rule: "atLeast",
  } as const;
  const module = { name: `module at ${where}`, unit: "ms", anchor: trip, rule: "atMost" } as const;
  return [
    { budget: { ...small, limit: 2, allowance: 5 }, ours: file.smallMs, anchor: tunnel.tripMs },
    { budget: { ...large, limit: 0.8 }, ours: file.rate, anchor: tunnel.rate },
    { budget: { ...writing, limit: 50 }, ours: file.writeRate, anchor: publishedMegabytes },
    { budget: { ...module, limit: 7, allowance: 5 }, ours: modules.ms / modules.count, anchor: tunnel.tripMs },
  ];
}

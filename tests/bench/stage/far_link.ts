/** A laptop far from the cluster: a network namespace that a line of a given delay and rate joins to the node. */
import { capture, run } from "../../cluster/command.ts";
import { inNamespace } from "../../cluster/network.ts";
import { nodeAddress, nodeNamespace } from "../../cluster/settings.ts";
import { compile } from "./apps.ts";
import type { Place } from "./cluster.ts";
import { Program } from "./program.ts";

export interface Line {
  /** Names the namespace and the devices; at most 8 letters. */
  name: string;
  /** A number of its own from 1 to 254, for the addresses. */
  number: number;
  /** One way. */
  delayMs: number;
  megabitsPerSecond: number;
}

export class FarLink implements Place, AsyncDisposable {
  private constructor(readonly network: string, readonly program: Program) {}

  static async open({ name, number, delayMs, megabitsPerSecond }: Line): Promise<FarLink> {
    const network = `mirrord-bench-${name}`;
    await capture(["ip", "netns", "delete", network]);
    await run(["ip", "netns", "add", network]);
    const device = `bench-${name}`;
    const files = [nodeNamespace, network].map((each) => `/run/netns/${each}`);
    const figures = [String(delayMs * 1000), String(megabitsPerSecond * 1e6)];
    const program = await Program.start([await compile("delay_link"), ...files, device, ...figures]);
    const link = new FarLink(network, program);
    try {
      await configure(nodeNamespace, device, `172.31.${number}.1`, `172.31.${number}.2`);
      await configure(network, device, `172.31.${number}.2`, `172.31.${number}.1`);
      // Programs on the laptop talk to themselves: kubectl and what it forwards, a program and its proxy.
      await run(["ip", "-n", network, "link", "set", "lo", "up"]);
      await run(["ip", "-n", network, "route", "add", nodeAddress, "dev", device]);
      await checkDelay(network, delayMs);
      return link;
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await capture(["ip", "netns", "delete", this.network]);
  }
}

async function configure(network: string, device: string, address: string, peer: string): Promise<void> {
  await run(["ip", "-n", network, "address", "add", address, "peer", peer, "dev", device]);
  await run(["ip", "-n", network, "link", "set", device, "up"]);
}

/** A line that is not what its figures say would make every comparison over it worthless. */
async function checkDelay(network: string, delayMs: number): Promise<void> {
  const ping = ["busybox", "ping", "-c", "5", "-W", "1", nodeAddress];
  const answer = await run([...inNamespace(network), ...ping], { timeoutMs: 10_000 });
  const leastMs = Number(/min\/avg\/max = ([\d.]+)\//.exec(answer)?.[1]);
  if (!(leastMs >= 2 * delayMs && leastMs < 2 * delayMs + 3)) {
    throw new Error(`a ping over the line of 2 × ${delayMs} ms took ${leastMs} ms`);
  }
}

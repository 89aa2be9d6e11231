/** A proxy's session between a scripted layer and a fake agent. */
import { AgentLink } from "../../cli/intproxy/agent_link.ts";
import { createLog } from "../../protocol/log.ts";
import { ProxySession, type SessionRules } from "../../cli/intproxy/session.ts";
import type { SocketAddress } from "../../cli/system/address.ts";
import { Poller } from "../../cli/system/poller.ts";
import { type Behaviour, FakeAgent } from "./fake_agent.ts";
import { LayerClient } from "./layer_client.ts";
import { NamedConnection } from "./named_connection.ts";

export interface Bed {
  agent: FakeAgent;
  layer: LayerClient;
  join(secret?: Uint8Array, pid?: number): Promise<LayerClient | null>;
  poller: Poller;
  shadowFolder: string;
  /** What the user was told. */
  warnings: string[];
  /** Why the session could not be saved. */
  failures: string[];
}

export const v4 = (port: number, address = "127.0.0.1"): SocketAddress => ({
  v4: { address: new Uint8Array(address.split(".").map(Number)), port },
});
export const v6 = (port: number, ...tail: number[]): SocketAddress => ({
  v6: { address: new Uint8Array([...Array(16 - tail.length).fill(0), ...tail]), port, scope: 0 },
});
export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `check` holds; fails after two seconds. */
export async function until(what: string, check: () => boolean): Promise<void> {
  for (let waitedMs = 0; !check(); waitedMs += 2) {
    if (waitedMs > 2000) throw new Error(`not in two seconds: ${what}`);
    await delay(2);
  }
}

export function defaultRules(): SessionRules {
  return {
    incoming: {
      mode: "steal",
      ignoreLocalhost: false,
      ignorePorts: [],
      onlyPorts: null,
      debuggerPorts: [],
      portMapping: [],
      listenPorts: [],
    },
    outgoing: {
      tcp: true,
      udp: true,
      ignoreLocalhost: false,
      unixStreams: [],
      debuggerPorts: [],
      ipv6: true,
      dns: true,
      filter: null,
    },
    dns: { filter: null, outgoing: null, ipv6: true },
    decidePath: () => ({ verdict: 1, mapped: null }),
  };
}

/** Runs a test in a new bed. */
export async function withBed(
  behaviour: Behaviour,
  test: (bed: Bed) => Promise<void>,
  rules: SessionRules = defaultRules(),
): Promise<void> {
  const agent = await FakeAgent.create(behaviour);
  const poller = new Poller();
  const shadowFolder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-intproxy-test-" });
  const secret = crypto.getRandomValues(new Uint8Array(16));
  const socketName = `mirrord-test-${crypto.randomUUID()}`;
  const [warnings, failures]: string[][] = [[], []];
  const write = Deno.env.has("MIRRORD_TEST_LOG") ? console.error : () => {};
  const log = createLog({ level: "debug", json: false, source: "proxy", write });
  const link = await AgentLink.connect({
    connect: () => agent.connect(),
    onFailed: (reason) => failures.push(reason),
    log,
  });
  const session = new ProxySession({
    socketName,
    secret,
    shadowFolder,
    streamedDevice: null,
    rules,
    link,
    poller,
    log,
    warn: (warning) => warnings.push(warning),
    onWriting: () => {},
    onJoined: () => {},
    onLayers: () => {},
  });
  const join = (other = secret, pid = Deno.pid) =>
    LayerClient.join(new NamedConnection(socketName, poller), other, pid);
  const layer = (await join())!;
  try {
    await test({ agent, layer, join, poller, shadowFolder, warnings, failures });
  } finally {
    layer.close();
    await session.close();
    await link.end("the test is over");
    agent.cut();
    await poller.stop();
    await Deno.remove(shadowFolder, { recursive: true });
  }
}

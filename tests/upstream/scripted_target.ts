/** A target that is a script: the built mirrord runs a program against an agent that a test plays. No root, no cluster. */
import type { Infer } from "../../protocol/schema.ts";
import { Incoming } from "../../protocol/agent/messages.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import { version } from "../../cli/version.ts";
import { type Behaviour, FakeAgent, fakeToken, once } from "../intproxy/fake_agent.ts";
import { hostName, target } from "../e2e/target/scene.ts";
import type { Config, Stage, Started } from "./stage.ts";
import { ScriptedFiles } from "./scripted_files.ts";
import { spawn } from "../e2e/mirrord.ts";

const modes = { mirror: 1, steal: 2 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const client = { v4: { address: new Uint8Array([203, 0, 113, 7]), port: 55_555 } };
const pod = (port: number) => ({ v4: { address: new Uint8Array([1, 1, 1, 1]), port } });

const text = (content: string) => ({ content: encoder.encode(content) });

/** What the target has, in a scripted one: the same as the isolated target of the end-to-end tests. */
function sceneFiles(): ScriptedFiles {
  return new ScriptedFiles({
    "/srv": { entries: ["folder", "greeting.txt", "link"] },
    [target.file]: text(target.content),
    [target.directory]: { entries: [...target.entries, "below"] },
    [`${target.directory}/below`]: { entries: [] },
    ...Object.fromEntries(target.entries.map((name) => [`${target.directory}/${name}`, text(name)])),
    [target.link]: { link: target.file },
    "/etc/hosts": text("127.0.0.1 localhost\n"),
    "/etc/resolv.conf": text("nameserver 10.96.0.10\n"),
    "/etc/hostname": text(`${hostName}\n`),
  });
}

export class ScriptedTarget implements Stage {
  readonly kind = "scripted";
  readonly #subscriptions = new Map<number, { stream: Stream; mode: number }>();
  /** Ports in the order of their subscriptions, and of their ends. */
  readonly subscribed: string[] = [];

  private constructor(readonly agent: FakeAgent, private readonly server: { port: number; close(): void }) {}

  static async start(behaviour: Behaviour = {}): Promise<ScriptedTarget> {
    const agent = await FakeAgent.create({});
    const self = new ScriptedTarget(agent, agent.listen());
    Object.assign(agent.behaviour, self.#usual(), sceneFiles().behaviour, behaviour);
    return self;
  }

  #usual(): Behaviour {
    return {
      describe: once({
        version,
        hostname: encoder.encode(hostName),
        containerId: null,
        targetPid: 1,
        sharesOurNetwork: false,
        kernel: "6.1",
        incomingUnavailable: null,
      }),
      env: once({ variables: [encoder.encode(`${target.variable}=${target.value}`)] }),
      resolve: async ({ name }, reply, stream) => {
        const known = decoder.decode(name) === target.serviceName;
        const addresses = known ? [new Uint8Array([10, 98, 0, 1])] : [];
        await reply({ code: known ? 0 : -2, canonicalName: name, addresses, reason: "" });
        await stream.end();
      },
      subscribe: async ({ port, mode }, reply, stream) => {
        this.#subscriptions.set(port, { stream, mode });
        this.subscribed.push(`${mode === modes.steal ? "steal" : "mirror"} ${port}`);
        await reply({ ok: { diversion: "script" } });
        while (await stream.read() !== null);
        this.#subscriptions.delete(port);
        this.subscribed.push(`end ${port}`);
        await stream.end();
      },
    };
  }

  async spawn(command: string[], config: Config, env: Record<string, string> = {}): Promise<Started> {
    const folder = await Deno.makeTempDir({ prefix: "mirrord-rows-" });
    await Deno.writeTextFile(`${folder}/token`, fakeToken);
    const connect = { address: `127.0.0.1:${this.server.port}`, token_file: `${folder}/token`, tls: false };
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ connect_tcp: connect, ...config }));
    const child = spawn(null, command, { flags: ["-f", `${folder}/config.json`], env, cwd: folder });
    return { child, folder };
  }

  /** Sends `text` over a connection of its own to the subscribed port; what comes back until the end. */
  async exchange(port: number, text: string): Promise<string> {
    const { stream: subscription, mode } = await this.#subscription(port);
    const header: Infer<typeof Incoming> = {
      subscription: BigInt(subscription.id),
      mode,
      source: client,
      destination: pod(port),
    };
    const isMirrored = mode === modes.mirror;
    const stream = this.agent.incoming(header, { lossy: isMirrored });
    if (isMirrored) {
      stream.send(encoder.encode(text));
      await stream.end();
      return "";
    }
    await stream.write(encoder.encode(text));
    await stream.end();
    let answer = "";
    for (let bytes; (bytes = await stream.read()) !== null;) answer += decoder.decode(bytes);
    return answer;
  }

  async say(port: number, text: string): Promise<void> {
    await this.exchange(port, text);
  }

  async #subscription(port: number) {
    for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 10) {
      const found = this.#subscriptions.get(port);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`nobody subscribed to port ${port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    await this.agent.restart();
  }
}

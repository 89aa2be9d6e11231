/** Rows about listening: what is subscribed, who comes, and what the program is told about it. */
import assert from "node:assert/strict";
import { eventually } from "../e2e/mirrord.ts";
import { freePort } from "../e2e/hand_started_agent.ts";
import { address, publicPort } from "../e2e/target/scene.ts";
import { python, rust } from "./programs.ts";
import { row } from "./row.ts";
import type { ScriptedTarget } from "./scripted_target.ts";
import type { Config, Stage } from "./stage.ts";

const incoming = (settings: unknown): Config => ({ feature: { network: { incoming: settings } } });
const steal = incoming("steal");

/** One client says hello. */
async function hello(stage: Stage): Promise<void> {
  assert.equal(await stage.exchange(publicPort, "hello"), "got hello");
}

/** The end of a subscription comes a moment after the program's. */
async function subscribedOnce(scripted: ScriptedTarget): Promise<void> {
  const expected = `steal ${publicPort},end ${publicPort}`;
  const subscribed = () => Promise.resolve(scripted.subscribed.join());
  assert.equal(await eventually(subscribed, expected, 5000), expected);
}

row({
  name: "double_listen",
  command: rust("listeners", "twice", String(publicPort)),
  config: steal,
  drive: hello,
  expected: `0\n${publicPort}\nhello\n`,
  asked: subscribedOnce,
});

row({
  name: "dup_listen",
  command: rust("listeners", "duplicate", String(publicPort)),
  config: steal,
  drive: hello,
  expected: `0\n${publicPort}\nhello\n`,
  asked: subscribedOnce,
});

row({
  name: "test_issue1054",
  command: rust("listeners", "clone", String(publicPort)),
  config: steal,
  drive: hello,
  expected: ({ stdout, code }, stage) => {
    const [own, peer] = stage.kind === "real" ? [address, address] : ["1.1.1.1", "203.0.113.7"];
    assert.equal(stdout, `${own}:${publicPort} ${peer}\nhello\n`);
    assert.equal(code, 0);
  },
});

row({
  name: "test_issue1123",
  command: rust("listeners", "bind-again", "41222"),
  config: steal,
  expected: "address in use\n",
});

row({
  name: "ignore_ports",
  command: python("listen_only", "21232"),
  config: incoming({ mode: "steal", ignore_ports: [21232] }),
  expected: "listening on 21232\nnobody came\n",
  asked: ({ subscribed }) => assert.deepEqual(subscribed, []),
});

row({
  name: "port_mapping",
  command: rust("listeners", "once", "9999"),
  config: incoming({ mode: "steal", port_mapping: [[9999, publicPort]] }),
  drive: hello,
  expected: "9999\nhello\n",
  asked: subscribedOnce,
});

const realPort = freePort();

row({
  name: "listen_ports",
  command: rust("listeners", "once", String(publicPort)),
  config: incoming({ mode: "steal", listen_ports: [[publicPort, realPort]] }),
  // A client of this machine finds the program at the other port.
  drive: async () => {
    assert.equal(await askLocally(realPort, "from here"), "got from here");
  },
  expected: `${publicPort}\nfrom here\n`,
});

async function askLocally(port: number, text: string): Promise<string> {
  for (let waitedMs = 0;; waitedMs += 20) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
    if (conn === null) {
      if (waitedMs > 20_000) throw new Error(`nobody listens on ${port}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    await conn.write(new TextEncoder().encode(text));
    await conn.closeWrite();
    return await new Response(conn.readable).text();
  }
}

for (
  const { ports, expected } of [{ ports: [publicPort], expected: true }, { ports: [publicPort + 1], expected: false }]
) {
  row({
    name: `filter_ports (${expected ? "in" : "not in"} incoming.ports)`,
    command: expected ? rust("listeners", "once", String(publicPort)) : python("listen_only", "21234"),
    config: incoming({ mode: "steal", ports }),
    drive: expected ? hello : undefined,
    expected: expected ? `${publicPort}\nhello\n` : "listening on 21234\nnobody came\n",
    asked: ({ subscribed }) => assert.equal(subscribed[0], expected ? `steal ${publicPort}` : undefined),
  });
}

row({
  name: "close_socket_keep_connection",
  command: rust("listeners", "close-first", String(publicPort)),
  config: steal,
  drive: hello,
  expected: "hello\n",
});

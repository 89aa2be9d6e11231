/** What the original ignores or cannot do, and is not a row of another file. */
import assert from "node:assert/strict";
import { address, echoPort, publicPort, refusedPort, target } from "../e2e/target/scene.ts";
import { type Behaviour, once } from "../intproxy/fake_agent.ts";
import { cgo, go, musl, node } from "./programs.ts";
import { row } from "./row.ts";

const { file, content } = target;
const echoAt = `${address}:${echoPort}`;

const ECONNREFUSED = 111;
const refusing: Behaviour = { connect: once({ failed: { errno: ECONNREFUSED, reason: "refused" } }) };

const connecting: Behaviour = {
  connect: async ({ destination }, reply, stream) => {
    await reply({
      ok: { local: { v4: { address: new Uint8Array([10, 98, 0, 1]), port: 40_000 } }, peer: destination },
    });
    while (await stream.read() !== null);
    await stream.end();
  },
};

row({
  name: "a refused connection is ECONNREFUSED",
  command: node("connect_port", `${address}:${refusedPort}`),
  script: refusing,
  expected: "ECONNREFUSED\n",
});

row({
  name: "Go's RemoteAddr and LocalAddr",
  command: go("addresses", String(publicPort), echoAt),
  config: { feature: { network: { incoming: "steal" } } },
  script: connecting,
  drive: async (stage) => assert.equal(await stage.exchange(publicPort, "hello"), "got hello"),
  expected: ({ stdout }, { kind }) => {
    const [peer, own] = kind === "real" ? [address, address] : ["203.0.113.7", "1.1.1.1"];
    assert.equal(stdout, `${peer} ${own}:${publicPort}\n${echoAt} false\n`);
  },
});

row({ name: "musl", command: musl("forked_read", file), expected: `${content}child 0\n${content}` });

row({ name: "stripped Go with libc", command: cgo("file_calls", "read", file), expected: content });

/** Stealing, from the client's connection to the program's answer and back. */
import assert from "node:assert/strict";
import { reset } from "../../agent/incoming/connection.ts";
import { formatHost } from "../../agent/system/socket_address.ts";
import { askOnce, LineConnection } from "./incoming_lines.ts";
import { eventually, PORT, Scene } from "./incoming_scene.ts";
import { type Header, lineProgram, STEAL } from "./incoming_session.ts";

const HOST = "10.99.0.1";

const makers = ["sk_lookup", "nftables (owned table)"];

function steals(title: string, body: (scene: Scene) => Promise<void>): void {
  for (const maker of makers) Deno.test(`stealing by ${maker} ${title}`, () => Scene.run(body, maker));
}

async function dial(scene: Scene): Promise<LineConnection> {
  return new LineConnection(await scene.network.outside.connect(HOST, PORT));
}

steals("has the program answer, and gives the port back at the end of the subscription", async (scene) => {
  const before = scene.network.ruleset();
  const me = await scene.connect("me@here", lineProgram("mine"));
  const subscription = await me.steal(PORT);
  for (const host of [HOST, "fd99::1"]) {
    assert.equal(await askOnce(scene.network.outside, host, PORT), "mine hello");
  }
  assert.equal(await askOnce(scene.network.pod, "127.0.0.1", PORT), "mine hello");
  await subscription.end();
  await eventually(
    "back to the target",
    async () => await askOnce(scene.network.outside, HOST, PORT) === "target hello",
  );
  await eventually("the rules are as before", () => scene.network.ruleset() === before);
});

steals("tells the true ends of a connection", async (scene) => {
  const headers: Header[] = [];
  const program = lineProgram("mine");
  const me = await scene.connect("me@here", (stream, header) => {
    headers.push(header);
    return program(stream, header);
  });
  const subscription = await me.steal(PORT);
  for (const host of [HOST, "fd99::1"]) {
    const lines = new LineConnection(await scene.network.outside.connect(host, PORT));
    await lines.ask("hello");
    const { source, destination, mode, subscription: id } = headers.pop()!;
    assert.deepEqual([mode, id], [STEAL, BigInt(subscription.id)]);
    const { hostname, port } = lines.connection.localAddr;
    for (const [end, wantedHost, wantedPort] of [[source, hostname, port], [destination, host, PORT]] as const) {
      assert.ok(!("unix" in end));
      const text = formatHost(end as Parameters<typeof formatHost>[0]);
      assert.equal(text.replace(/(:0)+:/, "::"), wantedHost);
      assert.equal("v4" in end ? end.v4.port : end.v6.port, wantedPort);
    }
    lines.close();
  }
});

steals("lets stolen connections outlive the subscription", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"));
  const subscription = await me.steal(PORT);
  const stolen = await dial(scene);
  assert.equal(await stolen.ask("one"), "mine one");
  await subscription.end();
  await eventually(
    "back to the target",
    async () => await askOnce(scene.network.outside, HOST, PORT) === "target hello",
  );
  assert.equal(await stolen.ask("two"), "mine two");
  stolen.close();
});

steals("carries each direction to its own end", async (scene) => {
  const me = await scene.connect("me@here", async (stream) => {
    let bytes = 0;
    for (let part = await stream.read(); part !== null; part = await stream.read()) bytes += part.length;
    await stream.write(new TextEncoder().encode(`${bytes} bytes\n`));
    await stream.end();
  });
  await me.steal(PORT);
  const lines = await dial(scene);
  const part = new Uint8Array(100_000);
  for (let sent = 0; sent < 30; sent++) {
    for (let at = 0; at < part.length;) at += await lines.connection.write(part.subarray(at));
  }
  await lines.connection.closeWrite();
  assert.equal(await lines.read(), "3000000 bytes");
  assert.equal(await lines.read(), null);
  lines.close();
});

steals("gives many short connections their whole answer and a proper end", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"));
  await me.steal(PORT);
  const client = async () => {
    for (let round = 0; round < 50; round++) {
      const lines = await dial(scene);
      await lines.connection.write(new TextEncoder().encode(`${round}\n`));
      await lines.connection.closeWrite();
      assert.deepEqual([await lines.read(), await lines.read()], [`mine ${round}`, null]);
      lines.close();
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
});

steals("shows a reset of the program to the client, and one of the client to the program", async (scene) => {
  const ended = Promise.withResolvers<unknown>();
  let answered = 0;
  const me = await scene.connect("me@here", async (stream) => {
    await stream.read();
    if (++answered === 1) return stream.reset(0);
    await stream.write(new TextEncoder().encode("go on\n"));
    stream.read().then(() => ended.resolve("an ordinary end"), ended.resolve);
  });
  await me.steal(PORT);
  const first = await dial(scene);
  await assert.rejects(first.ask("hello"), Deno.errors.ConnectionReset);
  first.close();
  const second = await dial(scene);
  await second.connection.write(new TextEncoder().encode("hello\n"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  reset(second.connection);
  second.close();
  assert.match(String(await ended.promise), /StreamError/);
});

steals("refuses a port that another session holds, and names the holder", async (scene) => {
  const [a, b] = [await scene.connect("ann@a", lineProgram("ann")), await scene.connect("bob@b", lineProgram("bob"))];
  const held = await a.steal(PORT);
  assert.deepEqual((await b.subscribe(PORT, STEAL)).reply, { taken: { holder: "ann@a" } });
  await b.steal(PORT + 1);
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "ann hello");
  assert.equal(await askOnce(scene.network.outside, HOST, PORT + 1), "bob hello");
  await held.end();
  await eventually("the port is free", async () => "ok" in (await b.subscribe(PORT, STEAL)).reply);
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "bob hello");
});

steals("gives a port to the latest subscription of one session, and back to the one before", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"));
  const first = await me.steal(PORT);
  const second = await me.steal(PORT);
  await second.end();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "mine hello");
  await first.end();
  await eventually(
    "back to the target",
    async () => await askOnce(scene.network.outside, HOST, PORT) === "target hello",
  );
});

steals("refuses what no subscription can be", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"));
  for (const [port, mode] of [[0, STEAL], [PORT, 7]]) {
    await assert.rejects(me.subscribe(port, mode), { name: "StreamError", reason: "no such port or mode" });
  }
});

steals("is undisturbed by the end of another session", async (scene) => {
  const [a, b] = [await scene.connect("ann@a", lineProgram("ann")), await scene.connect("bob@b", lineProgram("bob"))];
  await a.steal(PORT);
  await b.steal(PORT + 1);
  const lines = await dial(scene);
  await b.end();
  assert.equal(await lines.ask("still"), "ann still");
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "ann hello");
  lines.close();
});

steals("lifts the diversion while suspended, and re-arms it, with every byte", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"));
  await me.steal(PORT);
  const stolen = await dial(scene);
  assert.equal(await stolen.ask("one"), "mine one");
  for (let round = 0; round < 3; round++) {
    me.cut();
    // A connection that came before the agent knew would wait for the tunnel.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const lifted = await eventually(
      "the target answers",
      async () => await askOnce(scene.network.outside, HOST, PORT) === "target hello",
    );
    // Neither lost nor refused: it waits for the tunnel.
    const answer = stolen.ask(`round ${round}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    me.mend();
    assert.equal(await answer, `mine round ${round}`);
    const armed = await eventually(
      "the program answers",
      async () => await askOnce(scene.network.outside, HOST, PORT) === "mine hello",
    );
    console.log(
      `lifted after ${(10 + lifted).toFixed(1)} ms or less, re-armed ${armed.toFixed(1)} ms after the answer`,
    );
  }
  stolen.close();
});

steals("ends everything with the lease", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"), 300);
  await me.steal(PORT);
  const stolen = await dial(scene);
  await stolen.ask("one");
  me.cut();
  await assert.rejects(stolen.ask("two"), Deno.errors.ConnectionReset);
  stolen.close();
  const other = await scene.connect("other@there", lineProgram("other"));
  await other.steal(PORT);
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "other hello");
});

steals("loses no connection while subscriptions come and go", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"));
  let isOver = false;
  const answers = new Map<string, number>();
  const client = async () => {
    while (!isOver) {
      const answer = String(await askOnce(scene.network.outside, HOST, PORT, 10_000).catch((error) => error));
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const clients = [client(), client(), client(), client()];
  for (let round = 0; round < 20; round++) {
    const subscription = await me.steal(PORT);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await subscription.end();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  isOver = true;
  await Promise.all(clients);
  assert.deepEqual([...answers.keys()].sort(), ["mine hello", "target hello"], JSON.stringify([...answers]));
});

steals("lets the program's own connections reach the target on a stolen port", async (scene) => {
  const me = await scene.connect("me@here", lineProgram("mine"));
  await me.steal(PORT);
  for (const host of ["127.0.0.1", "::1", HOST]) {
    const { stream, reply } = await me.dial(host, PORT);
    assert.ok("ok" in reply, JSON.stringify(reply));
    await stream.write(new TextEncoder().encode("from within\n"));
    assert.equal(new TextDecoder().decode((await stream.read())!), "target from within\n");
    await stream.end();
    assert.equal(await stream.read(), null);
  }
  await me.steal(PORT + 1);
  const ECONNREFUSED = 111;
  const { reply } = await me.dial("127.0.0.1", PORT + 1);
  assert.ok("failed" in reply && reply.failed.errno === ECONNREFUSED, JSON.stringify(reply));
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "mine hello");
});

/** Mirroring: the program gets what clients send, and nobody else notices. */
import assert from "node:assert/strict";
import { reset } from "../../agent/incoming/connection.ts";
import { formatHost } from "../../agent/system/socket_address.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import { askOnce, LineConnection } from "./incoming_lines.ts";
import { eventually, PORT, Scene } from "./incoming_scene.ts";
import { type Header, lineProgram, type LocalProgram, MIRROR } from "./incoming_session.ts";

const HOST = "10.99.0.1";
const REQUEST = "GET /path HTTP/1.1\r\nhost: pod\r\n\r\n";

function mirrors(title: string, body: (scene: Scene) => Promise<void>): void {
  Deno.test(`mirroring ${title}`, () => Scene.run(body));
}

/** A program that keeps what came over each mirrored connection. */
class Recorder {
  readonly flows: { header: Header; text: string; state: string }[] = [];

  readonly program: LocalProgram = async (stream: Stream, header: Header) => {
    const flow = { header, text: "", state: "open" };
    this.flows.push(flow);
    try {
      for (let bytes = await stream.receive(); bytes !== null; bytes = await stream.receive()) {
        flow.text += new TextDecoder("latin1").decode(bytes);
      }
      flow.state = "ended";
    } catch {
      flow.state = "reset";
    }
    await stream.end();
  };

  get seen(): string[] {
    return this.flows.map(({ text, state }) => `${state}: ${text}`);
  }

  async sees(...flows: string[]): Promise<void> {
    const wanted = flows.join("\n");
    await eventually("the flows are there", () => this.seen.join("\n") === wanted).catch(() => {});
    assert.deepEqual(this.seen, flows);
  }
}

mirrors("copies what is sent, once, from every side, and leaves the target alone", async (scene) => {
  const { network: { pod, outside } } = scene;
  const ways = [[outside, HOST], [outside, "fd99::1"], [pod, "127.0.0.1"], [pod, "::1"], [pod, HOST]] as const;
  for (const [from, host] of ways) {
    const recorder = new Recorder();
    const me = await scene.connect("me@here", recorder.program);
    const subscription = await me.mirror(PORT);
    const lines = new LineConnection(await from.connect(host, PORT));
    assert.equal(await lines.ask("one"), "target one");
    assert.equal(await lines.ask("two"), "target two");
    lines.close();
    await recorder.sees("ended: one\ntwo\n");
    const { header } = recorder.flows[0];
    const { hostname, port } = lines.connection.localAddr;
    assert.deepEqual([header.mode, header.subscription], [MIRROR, BigInt(subscription.id)]);
    for (const [end, wantedHost, wantedPort] of [[header.source, hostname, port], [header.destination, host, PORT]]) {
      assert.ok(typeof end === "object" && !("unix" in end));
      assert.equal(formatHost(end as Parameters<typeof formatHost>[0]).replace(/(^|:)(0:)+/, "::"), wantedHost);
      assert.equal("v4" in end ? end.v4.port : end.v6.port, wantedPort);
    }
    await me.end();
  }
});

mirrors("loses nothing before an end or a reset", async (scene) => {
  const recorder = new Recorder();
  await (await scene.connect("me@here", recorder.program)).mirror(PORT);
  const lines = new LineConnection(await scene.network.outside.connect(HOST, PORT));
  await lines.ask("half");
  await lines.connection.closeWrite();
  await recorder.sees("ended: half\n");
  lines.close();
  const broken = new LineConnection(await scene.network.outside.connect(HOST, PORT));
  await broken.ask("broken");
  reset(broken.connection);
  broken.close();
  await recorder.sees("ended: half\n", "ended: broken\n");
});

mirrors("joins a running connection at its next request", async (scene) => {
  const lines = new LineConnection(await scene.network.outside.connect(HOST, PORT));
  await lines.ask("before");
  const recorder = new Recorder();
  await (await scene.connect("me@here", recorder.program)).mirror(PORT);
  await lines.ask("in the middle of something");
  await lines.connection.write(new TextEncoder().encode(REQUEST));
  await lines.read();
  await recorder.sees(`open: ${REQUEST}`);
  lines.close();
  await recorder.sees(`ended: ${REQUEST}`);
});

mirrors("serves several sessions, and beside a steal", async (scene) => {
  const recorders = [new Recorder(), new Recorder()];
  const thief = await scene.connect("thief@there", lineProgram("stolen"));
  for (const recorder of recorders) await (await scene.connect("me@here", recorder.program)).mirror(PORT);
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "target hello");
  await thief.steal(PORT);
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "stolen hello");
  for (const recorder of recorders) await recorder.sees("ended: hello\n", "ended: hello\n");
});

mirrors("takes only its port, and only what is for the pod", async (scene) => {
  const behind = scene.network.addBehind();
  const recorder = new Recorder();
  const me = await scene.connect("me@here", recorder.program);
  await me.mirror(PORT);
  const other = behind.listen("10.98.0.2", PORT);
  const [through] = await Promise.all([scene.network.outside.connect("10.98.0.2", PORT), other.accept()].map(
    async (opened) => {
      const connection = await opened;
      await connection.write(new TextEncoder().encode(REQUEST));
      connection.close();
      return connection;
    },
  ));
  void through;
  other.close();
  await scene.network.outside.connect(HOST, PORT + 1).then((connection) => connection.close(), () => {});
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "target hello");
  await recorder.sees("ended: hello\n");
  behind.delete();
});

mirrors("begins nothing after the subscription, and goes on with what is open", async (scene) => {
  const before = scene.network.ruleset();
  const recorder = new Recorder();
  const me = await scene.connect("me@here", recorder.program);
  const subscription = await me.mirror(PORT);
  assert.equal(scene.network.ruleset(), before);
  const lines = new LineConnection(await scene.network.outside.connect(HOST, PORT));
  await lines.ask("one");
  await recorder.sees("open: one\n");
  await subscription.end();
  await subscription.closed;
  await askOnce(scene.network.outside, HOST, PORT);
  assert.equal(await lines.ask("two"), "target two");
  await recorder.sees("open: one\ntwo\n");
  lines.close();
  await recorder.sees("ended: one\ntwo\n");
});

mirrors("goes on after a cut tunnel, with what was sent meanwhile", async (scene) => {
  const recorder = new Recorder();
  const me = await scene.connect("me@here", recorder.program);
  await me.mirror(PORT);
  const lines = new LineConnection(await scene.network.outside.connect(HOST, PORT));
  await lines.ask("one");
  await recorder.sees("open: one\n");
  me.cut();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await lines.ask("two");
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "target hello");
  // Packets may wait for some milliseconds before they are looked at.
  await new Promise((resolve) => setTimeout(resolve, 50));
  me.mend();
  await recorder.sees("open: one\ntwo\n");
  await lines.ask("three");
  await recorder.sees("open: one\ntwo\nthree\n");
  lines.close();
});

mirrors("can be begun and ended in any haste", async (scene) => {
  const recorder = new Recorder();
  const me = await scene.connect("me@here", recorder.program);
  for (let round = 0; round < 20; round++) {
    const [kept, ended] = await Promise.all([me.mirror(PORT), me.mirror(PORT + 1)]);
    await ended.end();
    const again = me.mirror(PORT + 1);
    await kept.end();
    await (await again).end();
  }
  await me.mirror(PORT);
  assert.equal(await askOnce(scene.network.outside, HOST, PORT), "target hello");
  await recorder.sees("ended: hello\n");
});

mirrors("ends with the session", async (scene) => {
  const recorder = new Recorder();
  const me = await scene.connect("me@here", recorder.program);
  await me.mirror(PORT);
  const lines = new LineConnection(await scene.network.outside.connect(HOST, PORT));
  await lines.ask("one");
  await recorder.sees("open: one\n");
  await me.end();
  await recorder.sees("reset: one\n");
  assert.equal(await lines.ask("two"), "target two");
  lines.close();
});

mirrors("puts lost, repeated and overtaken packets in order", async (scene) => {
  const { network: { pod, outside } } = scene;
  const deviceOf = (side: typeof pod) => side.command("sh", "-c", "ls /sys/class/net | grep -v lo").trim();
  // Small packets, of which some never arrive and some arrive twice.
  outside.command("ip", "link", "set", deviceOf(outside), "gso_max_segs", "1");
  const some = `tcp dport ${PORT} numgen random mod 100 < 3`;
  const chain = (hook: string, rule: string) => `{ type filter hook ${hook} priority 0; ${some} ${rule}; }`;
  const lossy = `table netdev trouble { chain loss ${chain(`ingress device ${deviceOf(pod)}`, "drop")}; }`;
  const twice = `table ip trouble { chain twice ${chain("output", `dup to ${HOST}`)}; }`;
  pod.command("nft", lossy);
  outside.command("nft", twice);
  const recorder = new Recorder();
  await (await scene.connect("me@here", recorder.program)).mirror(PORT);
  const connection = await outside.connect(HOST, PORT);
  const sent = Array.from({ length: 100_000 }, (_, index) => `${index}`).join(" ");
  const bytes = new TextEncoder().encode(sent);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at, at + 5000));
  connection.close();
  await eventually("the flow has ended", () => recorder.flows[0]?.state === "ended", 20_000);
  assert.ok(retransmissions(outside.command("cat", "/proc/net/snmp")) > 0, "no packet was lost");
  assert.equal(recorder.flows.length, 1);
  assert.ok(recorder.flows[0].text === sent, `${recorder.flows[0].text.length} of ${sent.length} bytes`);
});

/** From the two lines of TCP's counters: their names, their values. */
function retransmissions(snmp: string): number {
  const [names, values] = snmp.split("\n").filter((line) => line.startsWith("Tcp:")).map((line) => line.split(" "));
  return Number(values[names.indexOf("RetransSegs")]);
}

Deno.test("mirroring on one interface, as in a mesh, copies nothing that comes by another", () =>
  Scene.run(
    async (scene) => {
      const { network: { pod, outside } } = scene;
      const recorder = new Recorder();
      const me = await scene.connect("me@here", recorder.program);
      await me.mirror(PORT);
      for (const [from, host, text] of [[outside, HOST, "encrypted"], [pod, "127.0.0.1", "plain"]] as const) {
        const lines = new LineConnection(await from.connect(host, PORT));
        assert.equal(await lines.ask(text), `target ${text}`);
        lines.close();
      }
      await recorder.sees("ended: plain\n");
    },
    "",
    "lo",
  ));

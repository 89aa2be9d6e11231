/** What works depends on rights: the best that they allow is used, and if there is none the kernel's reasons are told. */
import assert from "node:assert/strict";
import { askOnce, TargetProgram } from "./incoming_lines.ts";
import { spawn, type Spawner, TestNetwork, Visitor } from "./incoming_network.ts";
import { ScriptedProcess } from "./incoming_process.ts";
import { MIRROR, STEAL, TestSession } from "./incoming_session.ts";

const PORT = 8080;
const EPERM = 1;

Deno.test("without capabilities, steal and mirror are refused with the kernel's reasons", async () => {
  const network = new TestNetwork();
  const powerless: Spawner = {
    spawn: (...args) => network.pod.spawn("setpriv", "--bounding-set=-all", "--inh-caps=-all", ...args),
  };
  const folder = Deno.makeTempDirSync({ prefix: "mdn-" });
  const socket = `${folder}/agent`;
  const agent = new ScriptedProcess(powerless, "incoming_agent.ts", socket);
  try {
    await agent.read();
    const me = await TestSession.connect(socket, "me@here", () => Promise.resolve());
    const steal = (await me.subscribe(PORT, STEAL)).reply;
    const mirror = (await me.subscribe(PORT, MIRROR)).reply;
    await me.end();
    assert.ok("failed" in steal && "failed" in mirror);
    assert.deepEqual([steal.failed.errno, mirror.failed.errno], [EPERM, EPERM]);
    for (const words of ["cannot be stolen", "sk_lookup", "owned table", "plain table", "CAP_NET_ADMIN"]) {
      assert.match(steal.failed.reason, new RegExp(words));
    }
    assert.match(mirror.failed.reason, /packet socket: Operation not permitted/);
  } finally {
    await agent.kill();
    network.delete();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("in a user namespace, where BPF is not allowed, an owned table is used", async () => {
  const inUserNamespace: Spawner = {
    spawn: (...args) =>
      spawn("unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "sh", ...args),
  };
  const holder = new ScriptedProcess(inUserNamespace, "diversion_holder.ts", "any");
  try {
    assert.equal((await holder.read()).result, "nftables (owned table)");
    const network = new Visitor(`/proc/${holder.pid}/ns/net`);
    const target = new TargetProgram(network, PORT);
    await holder.tell("divert", PORT);
    for (const host of ["127.0.0.1", "::1"]) assert.match((await askOnce(network, host, PORT))!, /^stolen hello/);
    await holder.tell("release", PORT);
    assert.equal(await askOnce(network, "127.0.0.1", PORT), "target hello");
    target.close();
    network.close();
  } finally {
    await holder.kill();
  }
});

import assert from "node:assert/strict";
import type { Stat } from "../../cli/intproxy/table.ts";
import { bytes, text, until, withBed } from "./bed.ts";
import { once } from "./fake_agent.ts";

const moment = { seconds: 1_700_000_000n, nanoseconds: 5 };
const stat: Stat = {
  device: 7n,
  inode: 8n,
  mode: 0o100640,
  links: 1,
  uid: 3,
  gid: 4,
  specialDevice: 0n,
  size: 5n,
  blockSize: 4096,
  blocks: 8n,
  accessed: moment,
  modified: moment,
  changed: moment,
  born: null,
};
const at = (path: string, directory: { device: bigint; inode: bigint } | null = null) => ({
  directory,
  path: bytes(path),
});
const open = (path: string) => ({ at: at(path), flags: 0, mode: 0 });

/** The proxy is this process: the path of its memory with this name. */
function memoryPath(name: string): string | undefined {
  return [...Deno.readDirSync("/proc/self/fd")].map(({ name: fd }) => `/proc/self/fd/${fd}`).find((path) => {
    try {
      return Deno.readLinkSync(path).startsWith(`/memfd:${name} `);
    } catch {
      return false; // The descriptor of the look itself.
    }
  });
}

Deno.test("a wrong secret is turned away", async () => {
  await withBed({}, async ({ join }) => {
    assert.equal(await join(new Uint8Array(16)), null);
  });
});

Deno.test("bytes that are no request end their connection, and no other", async () => {
  await withBed({ stat: once({ ok: stat }) }, async ({ layer, join }) => {
    for (const nonsense of [[255, 255, 255, 255], [1, 0, 0, 0, 200], [2, 0, 0, 0, 3, 1], [0, 0, 0, 0]]) {
      const other = (await join())!;
      assert.equal(await other.endsAfter(new Uint8Array(nonsense)), true);
    }
    assert.deepEqual(await layer.ask("stat", { at: at("/x"), followLinks: true }), { ok: stat });
  });
});

Deno.test("openFile hands an open file over, which is known until nobody has it any more", async () => {
  const content = crypto.getRandomValues(new Uint8Array(60_000));
  await withBed({
    openFile: async (_, reply, stream) => {
      await reply({ file: { stat } });
      for (let copy = 0; copy < 50; copy++) await stream.write(content);
      await stream.end();
    },
  }, async ({ layer, agent, join }) => {
    const other = (await join())!;
    await other.send("openFile", open("/srv/data"));
    await until("the content has come", () => {
      const path = memoryPath("data");
      return path !== undefined && Deno.statSync(path).size === 3_000_000;
    });
    const path = memoryPath("data")!;
    assert.deepEqual(Deno.readFileSync(path).subarray(2_940_000), content);
    const { dev, ino } = Deno.statSync(path);
    const identity = { device: BigInt(dev), inode: BigInt(ino!) };
    // What was not yet received belongs to whoever will.
    assert.deepEqual(await layer.ask("statIdentity", { file: identity }), { ok: stat });
    assert.deepEqual(await layer.ask("statIdentity", { file: { device: 1n, inode: 1n } }), { failed: { errno: 2 } });
    assert.deepEqual(agent.requests, [{
      openFile: { path: bytes("/srv/data"), flags: 0, contentMax: BigInt(Number.MAX_SAFE_INTEGER) },
    }]);
    other.close();
    await until("the memory is given back", () => memoryPath("data") === undefined);
  });
});

Deno.test("a read error behind the first bytes is the open's error", async () => {
  await withBed({
    openFile: async (_, reply, stream) => {
      await reply({ file: { stat } });
      await stream.write(bytes("half"));
      setTimeout(() => stream.reset(5, "the disk is broken"), 20);
    },
  }, async ({ layer, agent }) => {
    assert.deepEqual(await layer.ask("openFile", open("/srv/data")), { failed: { errno: 5 } });
    agent.behaviour.openFile = once({ failed: { errno: 13 } });
    assert.deepEqual(await layer.ask("openFile", open("/srv/data")), { failed: { errno: 13 } });
  });
});

Deno.test("a directory is opened as its shadow, and paths go on from it", async () => {
  const entries = [{ name: bytes("a"), type: 8, inode: 1n }, { name: bytes("sub"), type: 4, inode: 2n }];
  await withBed({
    openFile: once({ directory: { stat, path: bytes("/srv"), entries } }),
    stat: once({ ok: stat }),
    readLink: once({ ok: { path: bytes("elsewhere") } }),
  }, async ({ layer, agent, shadowFolder }) => {
    const reply = await layer.ask("openFile", open("/srv"));
    assert.ok("directory" in reply);
    const shadow = text(reply.directory.shadowPath);
    assert.ok(shadow.startsWith(shadowFolder));
    assert.deepEqual([...Deno.readDirSync(shadow)].map((entry) => entry.name).sort(), ["a", "sub"]);
    const info = Deno.statSync(shadow);
    const directory = { device: BigInt(info.dev), inode: BigInt(info.ino!) };
    assert.deepEqual(await layer.ask("stat", { at: at("sub/x", directory), followLinks: true }), { ok: stat });
    assert.deepEqual(await layer.ask("readLink", { at: at("a", directory) }), { ok: { path: bytes("elsewhere") } });
    assert.deepEqual(agent.requests.slice(1), [
      { stat: { path: bytes("/srv/sub/x"), followLinks: true } },
      { readLink: { path: bytes("/srv/a") } },
    ]);
    const unknown = { device: 1n, inode: 1n };
    assert.deepEqual(await layer.ask("stat", { at: at("x", unknown), followLinks: true }), { failed: { errno: 116 } });
  });
});

Deno.test("what the agent does not answer fails with an errno", async () => {
  await withBed({}, async ({ layer }) => {
    assert.deepEqual(await layer.ask("access", { at: at("/x"), mode: 4, effectiveIds: false }), { errno: 38 });
    assert.deepEqual(await layer.ask("realPath", { at: at("/x") }), { failed: { errno: 38 } });
    assert.deepEqual(await layer.ask("statFilesystem", { at: at("/x") }), { failed: { errno: 38 } });
    const resolve = { name: bytes("db"), service: bytes(""), family: 0, socketType: 1, protocol: 0, flags: 0 };
    assert.deepEqual(await layer.ask("resolve", resolve), {
      isLocal: false,
      code: -3,
      canonicalName: bytes(""),
      addresses: [],
    });
  });
});

Deno.test("a request without an answer is asked again when the agent has restarted", async () => {
  let asked = 0;
  await withBed({
    stat: async (_, reply, stream) => {
      if (++asked === 1) return;
      await reply({ ok: stat });
      await stream.end();
    },
  }, async ({ layer, agent, failures }) => {
    const answered = layer.ask("stat", { at: at("/x"), followLinks: true });
    while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await agent.restart();
    assert.deepEqual(await answered, { ok: stat });
    assert.equal(asked, 2);
    assert.deepEqual(failures, []);
  });
});

Deno.test("a cut tunnel is not noticed by a layer", async () => {
  await withBed({ stat: once({ ok: stat }) }, async ({ layer, agent }) => {
    for (let round = 0; round < 3; round++) {
      agent.cut();
      assert.deepEqual(await layer.ask("stat", { at: at("/x"), followLinks: true }), { ok: stat });
    }
  });
});

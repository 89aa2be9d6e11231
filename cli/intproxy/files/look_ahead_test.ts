import assert from "node:assert/strict";
import type { AgentLink } from "../agent_link.ts";
import type { Stat } from "../table.ts";
import { byteKey, keyBytes } from "./byte_key.ts";
import { LookAhead } from "./look_ahead.ts";

const REGULAR = 8, LINK = 10;
const moment = { seconds: 0n, nanoseconds: 0 };
const times = { accessed: moment, modified: moment, changed: moment, born: null };
const owner = { uid: 0, gid: 0, device: 1n, specialDevice: 0n, links: 1 };

/** A file whose size tells its name and how often the directory was asked. */
function stat(name: string, round: number, mode = 0o100644): Stat {
  return { ...owner, ...times, inode: 1n, mode, size: BigInt(`${round}${name}`), blockSize: 4096, blocks: 8n };
}

/** A directory `/d` with files of these names, shown `agoMs` ago. */
function bed(names: string[], { type = REGULAR, mode = 0o100644, agoMs = 0, answers = true } = {}) {
  const asked: string[][] = [];
  const shownMs = performance.now() - agoMs;
  const listing = { entries: new Map(names.map((name) => [name, { type }])), shownMs };
  const state = { mayAsk: true };
  const link = {
    ask(kind: string, request: { directory: Uint8Array; names: Uint8Array[] }) {
      assert.equal(kind, "askEntries");
      assert.equal(byteKey(request.directory), "/d");
      asked.push(request.names.map(byteKey));
      const all = request.names.map((name) => ({ stat: stat(byteKey(name), asked.length, mode) }));
      return Promise.resolve({ answers: answers ? all : [] });
    },
  } as unknown as Pick<AgentLink, "ask">;
  const ahead = new LookAhead({
    link,
    listingOf: (path) => path === "/d" ? listing : undefined,
    mayAsk: () => state.mayAsk,
  });
  const size = async (name: string, followLinks = false) => {
    const answer = await ahead.answer(keyBytes(`/d/${name}`), { stat: {} }, followLinks);
    return answer !== null && "stat" in answer ? String(answer.stat.size) : null;
  };
  return { asked, ahead, state, size };
}

const hundred = Array.from({ length: 100 }, (_, index) => String(100 + index));
const thousand = Array.from({ length: 1000 }, (_, index) => String(1000 + index));

Deno.test("the second question about a listed directory brings all answers, each used once", async () => {
  const { asked, size } = bed(hundred);
  assert.equal(await size("107"), null);
  assert.equal(await size("150"), "1150");
  assert.equal(await size("199"), "1199");
  assert.deepEqual(asked.map((names) => names.length), [100]);
  assert.equal(await size("150"), "2150", "asked again it is asked for anew");
});

Deno.test("a large directory is gone through in order, in either direction, by ever larger steps", async () => {
  for (const order of [thousand, thousand.toReversed()]) {
    const { asked, size } = bed(thousand);
    const found = [];
    for (const name of order) found.push(await size(name));
    assert.equal(found.filter((answer) => answer === null).length, 1, "the first is asked for alone");
    assert.deepEqual(asked.map((names) => names.length), [64, 128, 256, 256, 256, 39].slice(0, asked.length));
    assert.ok(asked.length <= 6, `${asked.length} questions`);
  }
});

Deno.test("who looks here and there in a large directory asks for nothing ahead", async () => {
  const { asked, size } = bed(thousand);
  for (const name of ["1500", "1020", "1900", "1300", "1700"]) assert.equal(await size(name), null);
  assert.deepEqual(asked, []);
});

Deno.test("answers are not held for long, and not beyond a change", async () => {
  const { asked, ahead, size } = bed(hundred);
  await size("100");
  assert.equal(await size("101"), "1101");
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(await size("102"), "2102");
  ahead.forget();
  assert.equal(await size("103"), null);
  assert.equal(await size("104"), "3104");
  assert.equal(asked.length, 3);
});

Deno.test("nothing is asked ahead while files are written, long after the listing, or of what was not listed", async () => {
  const { asked, state, size } = bed(hundred);
  await size("100");
  state.mayAsk = false;
  assert.equal(await size("101"), null);
  state.mayAsk = true;
  assert.equal(await size("102"), null, "it begins anew");
  assert.equal(await size("nobody"), null);
  assert.deepEqual(asked, []);
  const late = bed(hundred, { agoMs: 6000 });
  for (const name of hundred) assert.equal(await late.size(name), null);
});

Deno.test("a link is answered for itself only", async () => {
  const links = bed(hundred, { type: LINK, mode: 0o120777 });
  await links.size("100");
  assert.equal(await links.size("101"), "1101");
  assert.equal(await links.size("102", true), null);
  const replaced = bed(hundred, { type: REGULAR, mode: 0o120777 });
  await replaced.size("100", true);
  assert.equal(await replaced.size("101", true), null, "it has become a link since");
});

Deno.test("where the agent gives no answers ahead it is not asked again", async () => {
  const { asked, size } = bed(hundred, { answers: false });
  for (const name of hundred) assert.equal(await size(name), null);
  assert.equal(asked.length, 1);
});

Deno.test("questions at the same time share one request", async () => {
  const { asked, size } = bed(hundred);
  await size("100");
  const sizes = await Promise.all(hundred.slice(1, 20).map((name) => size(name)));
  assert.deepEqual(sizes, hundred.slice(1, 20).map((name) => `1${name}`));
  assert.equal(asked.length, 1);
});

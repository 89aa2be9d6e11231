/** Questions for any kind of record, by libc's resolver functions: the name server's own bytes. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { cProgram, layer, run } from "./programs.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

/** One record of `length` bytes, named by the question. */
const record = (
  type: number,
  length: number,
) => [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, length >> 8, length & 0xff, ...new Array<number>(length).fill(1)];
const found = (type: number, length: number) => ({ code: 0, count: 1, tail: record(type, length) });

const script: Script = {
  responses: {
    "_pg._tcp.e2e.internal": found(33, 20),
    "large.e2e.internal": found(16, 3000),
    "db": found(1, 4),
    "db.e2e.internal": found(28, 16),
    "text.e2e.internal": { code: 0, count: 0, tail: [] },
    "missing.e2e.internal": { code: 3, count: 0, tail: [] },
  },
};

const expected = [
  "SRV: code 0, 1 records, short",
  "TXT: code 0, 1 records, long",
  "short: code 0, 1 records, short",
  "no records: h_errno 4",
  "no name: h_errno 1",
  "domain: code 0, 1 records, short",
  "send: code 3, 0 records, short",
  "number kept: 1",
];

Deno.test("res_query, res_search, res_send and their forms with a state", async () => {
  await using proxy = new ScriptedProxy(script, await layer());
  const glibc = await run([await cProgram("queries", { flags: ["-lresolv"] })], { session: proxy });
  deepStrictEqual(glibc.stdout.trim().split("\n"), [...expected, expected[0], expected[2]]);
  deepStrictEqual(proxy.asked("dnsQuery").map(({ search }) => search), [
    ...[false, false, true, false, false, false, false],
    ...[false, true],
  ]);
  const musl = await run([await cProgram("queries", { musl: true })], { session: proxy });
  deepStrictEqual(musl.stdout.trim().split("\n"), expected);
});

Deno.test("when the proxy can't be reached, a question fails for now", async () => {
  const proxy = new ScriptedProxy(script, await layer());
  proxy.die();
  const { stdout } = await run([await cProgram("queries", { musl: true })], { session: proxy });
  await proxy.close();
  strictEqual(stdout.split("\n")[0], "SRV: h_errno 2");
});

/** Names are the target's, whoever asks: libc, programs that ask name servers by themselves, and questions of any type. */
import assert from "node:assert/strict";
import { staticGo } from "../../apps/static_go.ts";
import { cProgram } from "../../layer/programs.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec, type RunOptions } from "../mirrord.ts";
import { python } from "../programs.ts";
import { withConfiguration } from "../configuration.ts";
import { address, datagramPort, target } from "../target/scene.ts";

/** What the program printed; it must have succeeded in silence. */
async function output(isolated: IsolatedTarget, command: string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await exec(isolated.path, command, options);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout;
}

Deno.test("static Go asks the target's name server: search domains, SRV, long TXT, what is not there", async () => {
  await using isolated = await IsolatedTarget.start();
  assert.deepEqual(JSON.parse(await output(isolated, [await staticGo("names"), `${address}:${datagramPort}`])), {
    short: [address, "fd00:e2e::5"],
    full: ["10.98.0.4"],
    alias: [address, "fd00:e2e::5"],
    missing: "not found",
    file: [address],
    service: "db.e2e.internal. 5432",
    text: 26,
    large: 3000,
    free: `${address}:${datagramPort}`,
    connected: `${address} ${address}:${datagramPort}`,
  });
});

Deno.test("dig, host, nslookup and busybox", async () => {
  await using isolated = await IsolatedTarget.start();
  const say = async (...command: string[]) => (await output(isolated, command)).trim();
  assert.equal(await say("dig", "+short", "db.e2e.internal"), address);
  assert.equal(await say("dig", "+short", "-t", "SRV", "_pg._tcp.e2e.internal"), "1 2 5432 db.e2e.internal.");
  assert.equal((await say("dig", "+short", "large.e2e.internal", "TXT")).replaceAll(/[" ]/g, "").length, 3000);
  assert.match(await say("host", "db"), new RegExp(`db.e2e.internal has address ${address}\n.*fd00:e2e::5`));
  assert.match(await say("nslookup", "only4.e2e.internal"), /Server:\t\t10\.98\.0\.1\n[^]*Address: 10\.98\.0\.4/);
  assert.match(await say("busybox", "nslookup", "only4.e2e.internal"), /Address: 10\.98\.0\.4/);
});

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

Deno.test("res_query and its like, by the target's name servers", async () => {
  await using isolated = await IsolatedTarget.start();
  const glibc = await output(isolated, [await cProgram("queries", { flags: ["-lresolv"] })]);
  assert.deepEqual(glibc.trim().split("\n"), [...expected, expected[0], expected[2]]);
  const musl = await output(isolated, [await cProgram("queries", { musl: true })]);
  assert.deepEqual(musl.trim().split("\n"), expected);
});

Deno.test("with local files, who asks the name servers of this machine is answered by the target's", async () => {
  await using isolated = await IsolatedTarget.start();
  await using configured = await withConfiguration({ feature: { fs: "local" } });
  const { flags } = configured;
  const command = [await staticGo("names"), `${address}:${datagramPort}`];
  const { full, service, missing } = JSON.parse(await output(isolated, command, { flags }));
  assert.deepEqual([full, service, missing], [["10.98.0.4"], "db.e2e.internal. 5432", "not found"]);
  for (const way of ["+notcp", "+tcp"]) {
    assert.equal(await output(isolated, ["dig", "+short", way, "only4.e2e.internal"], { flags }), "10.98.0.4\n");
  }
});

const lookUp = (...names: string[]) =>
  python(`
import socket
for name in ${JSON.stringify(names)}:
    try: print(name, sorted({found[4][0] for found in socket.getaddrinfo(name, 80)}))
    except socket.gaierror as error: print(name, error.errno)
`);

Deno.test("what is not there, and what nobody answers, is told by the codes of getaddrinfo", async () => {
  await using isolated = await IsolatedTarget.start();
  const text = await output(isolated, lookUp("missing.e2e.internal", "text.e2e.internal", "silent.e2e.internal"));
  assert.equal(text, "missing.e2e.internal -2\ntext.e2e.internal -5\nsilent.e2e.internal -3\n");
});

Deno.test("with dns off every program asks this machine", async () => {
  await using isolated = await IsolatedTarget.start();
  await using off = await withConfiguration({ feature: { network: { dns: false } } });
  const { flags } = off;
  assert.equal(
    await output(isolated, lookUp("db.e2e.internal", "localhost"), { flags }),
    await here("db.e2e.internal"),
  );
  const own = await Deno.readTextFile("/etc/resolv.conf");
  assert.equal(await output(isolated, ["cat", "/etc/resolv.conf"], { flags }), own);
  assert.equal(await output(isolated, ["busybox", "cat", "/etc/resolv.conf"], { flags }), own);
});

/** What this machine says of a name that it doesn't know, and of localhost. */
async function here(name: string): Promise<string> {
  const [command, ...args] = lookUp(name, "localhost");
  const { stdout } = await new Deno.Command(command!, { args, stdout: "piped" }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("dns.filter names what is resolved at the target, or what is not", async () => {
  await using isolated = await IsolatedTarget.start();
  const names = ["only4.e2e.internal", target.serviceName];
  const at = { "only4.e2e.internal": "['10.98.0.4']", [target.serviceName]: `['${address}']` };
  const says = (known: string) => names.map((name) => `${name} ${name === known ? at[name] : -2}\n`).join("");
  const python = async (filter: unknown) => {
    await using configured = await withConfiguration({ feature: { network: { dns: { filter } } } });
    const { stdout } = await exec(isolated.path, lookUp(...names), { flags: configured.flags });
    // Without a name server this machine can't know for certain: it says so by another code.
    return stdout.replaceAll(" -3\n", " -2\n");
  };
  assert.equal(await python({ remote: [target.serviceName] }), says(target.serviceName));
  assert.equal(await python({ local: [target.serviceName] }), says("only4.e2e.internal"));
});

Deno.test("dns.filter is in force for programs that ask name servers by themselves", async () => {
  await using isolated = await IsolatedTarget.start();
  await using configured = await withConfiguration({
    feature: { network: { dns: { filter: { remote: ["only4.e2e.internal", "_pg._tcp.e2e.internal"] } } } },
  });
  const { flags } = configured;
  const command = [await staticGo("names"), `${address}:${datagramPort}`];
  const { full, alias, service } = JSON.parse(await output(isolated, command, { flags }));
  assert.deepEqual([full, alias, service], [["10.98.0.4"], "not found", "db.e2e.internal. 5432"]);
  const dig = async (name: string) => (await output(isolated, ["dig", "+short", name], { flags })).trim();
  assert.deepEqual([await dig("only4.e2e.internal"), await dig("db.e2e.internal")], ["10.98.0.4", ""]);
  assert.equal(await dig("localhost"), "127.0.0.1");
  // Several questions on one connection, some of which are answered here.
  const names = ["only4.e2e.internal", "localhost", "db.e2e.internal", "only4.e2e.internal"];
  const said = await output(isolated, ["dig", "+short", "+tcp", "+keepopen", ...names], { flags });
  assert.deepEqual(said.trim().split("\n"), ["10.98.0.4", "127.0.0.1", "10.98.0.4"]);
});

/** Names, resolved from the target's files and by its servers. */
import assert from "node:assert/strict";
import type { Session } from "../../protocol/link/mod.ts";
import { addressBytes, addressText } from "../../agent/dns/hosts.ts";
import { startAgent } from "./support/agent_process.ts";
import { a, aaaa, type Answer, cname, ptr, serveDns } from "./support/dns_server.ts";
import { ask, bytesOf, textOf } from "./support/requests.ts";
import { inTarget, startTarget, type TestTarget } from "./support/target.ts";

const AF_UNSPEC = 0, AF_INET = 2, AF_INET6 = 10;
const EAI_NONAME = -2, EAI_AGAIN = -3, EAI_NODATA = -5;
const A = 1, AAAA = 28, PTR = 12;
const servfail = 2, nxdomain = 3;
const server = "10.99.0.1";
const v6Bytes = [0xfd, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];

const zone: Record<string, (type: number) => Answer | null> = {
  "plain.test": (type) => ({ records: type === A ? [a("plain.test", 60, 1, 2, 3, 4)] : [] }),
  "both.test": (type) => ({
    records: type === A
      ? [a("both.test", 60, 1, 1, 1, 1), a("both.test", 60, 2, 2, 2, 2)]
      : type === AAAA
      ? [aaaa("both.test", 60, ...v6Bytes)]
      : [],
  }),
  "short.test": (type) => ({ records: type === A ? [a("short.test", 1, 9, 9, 9, 9)] : [] }),
  "alias.test": (type) =>
    type === A
      ? {
        records: [
          cname("alias.test", 60, "next.test"),
          cname("next.test", 60, "plain.test"),
          a("plain.test", 60, 1, 2, 3, 4),
        ],
      }
      : { records: [cname("alias.test", 60, "next.test"), cname("next.test", 60, "plain.test")] },
  "half-alias.test": () => ({ records: [cname("half-alias.test", 60, "plain.test")] }),
  "circle.test": () => ({ records: [cname("circle.test", 60, "circle.test")] }),
  "large.test": (type) => ({
    truncated: true,
    records: type === A ? Array.from({ length: 60 }, (_, index) => a("large.test", 60, 10, 0, 0, index)) : [],
  }),
  "web.shop.svc.cluster.test": (type) => ({
    records: type === A ? [a("web.shop.svc.cluster.test", 60, 10, 1, 1, 1)] : [],
  }),
  "two.dots.cluster.test": (type) => ({ records: type === A ? [a("two.dots.cluster.test", 60, 10, 2, 2, 2)] : [] }),
  "empty.test": () => ({ records: [], negativeTtl: 60 }),
  "broken.test": () => ({ code: servfail }),
  "silent.test": () => null,
  "4.3.2.1.in-addr.arpa": (type) => ({ records: type === PTR ? [ptr("4.3.2.1.in-addr.arpa", 60, "plain.test")] : [] }),
};

const answer = (name: string, type: number) => zone[name.toLowerCase()]?.(type) ?? zoneMiss(name);
const zoneMiss = (name: string): Answer | null => name in zone ? null : { code: nxdomain, negativeTtl: 60 };

async function configure(target: TestTarget, resolvConf: string): Promise<void> {
  await Deno.writeTextFile(`${target.root}/etc/resolv.conf`, resolvConf);
  // The agent looks at the files again when what it knows is a second old.
  await new Promise((resolve) => setTimeout(resolve, 1100));
}

Deno.test("names", async (t) => {
  await using target = await startTarget({ hostname: "pod-1" });
  await Deno.writeTextFile(
    `${target.root}/etc/hosts`,
    "127.0.0.1 localhost\n::1 localhost ip6-localhost\n10.99.0.1 pod-1 # the pod\n7.7.7.7 both.test\n7.7.7.8 BOTH.test\n",
  );
  await Deno.writeTextFile(
    `${target.root}/etc/resolv.conf`,
    `nameserver ${server}\nsearch shop.svc.cluster.test cluster.test\noptions ndots:2\n`,
  );
  // As images have it: all lines of the hosts file count.
  await Deno.writeTextFile(`${target.root}/etc/host.conf`, "multi on\n");
  using dns = serveDns(target.pid, server, answer);
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  const resolve = (name: string, family = AF_INET) => resolveOn(session, name, family);

  await t.step("the servers' addresses, in their order", async () => {
    assert.deepEqual(await resolve("plain.test"), { code: 0, name: "plain.test", addresses: ["1.2.3.4"] });
  });
  await t.step("each family", async () => {
    await inTarget(target, "sed -i /both/Id /etc/hosts");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.deepEqual((await resolve("both.test")).addresses, ["1.1.1.1", "2.2.2.2"]);
    assert.deepEqual((await resolve("both.test", AF_INET6)).addresses, [v6Bytes.join(".")]);
    // The target has a global IPv6 address, so that it comes first, as from the C library.
    assert.deepEqual((await resolve("both.test", AF_UNSPEC)).addresses, [v6Bytes.join("."), "1.1.1.1", "2.2.2.2"]);
    assert.equal((await resolve("plain.test", AF_INET6)).code, EAI_NODATA);
  });
  await t.step("the hosts file, before the servers", async () => {
    assert.deepEqual(await resolve("POD-1"), { code: 0, name: "pod-1", addresses: ["10.99.0.1"] });
    assert.deepEqual((await resolve("localhost", AF_INET6)).addresses, ["0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1"]);
    assert(!dns.questions.some((question) => /pod-1|localhost/i.test(question)));
  });
  await t.step("search domains and ndots", async () => {
    assert.deepEqual((await resolve("web")).addresses, ["10.1.1.1"]);
    assert.equal((await resolve("web")).name, "web.shop.svc.cluster.test");
    dns.questions.length = 0;
    assert.deepEqual((await resolve("two.dots")).addresses, ["10.2.2.2"]);
    assert.deepEqual(dns.questions, ["1 two.dots.shop.svc.cluster.test", "1 two.dots.cluster.test"]);
    assert.equal((await resolve("web.")).code, EAI_NONAME);
  });
  await t.step("aliases, whole chains and half ones", async () => {
    assert.deepEqual(await resolve("alias.test"), { code: 0, name: "plain.test", addresses: ["1.2.3.4"] });
    assert.deepEqual(await resolve("half-alias.test"), { code: 0, name: "plain.test", addresses: ["1.2.3.4"] });
    assert.notEqual((await resolve("circle.test")).code, 0);
  });
  await t.step("a truncated answer is fetched by TCP", async () => {
    assert.equal((await resolve("large.test")).addresses.length, 60);
    assert(dns.questions.includes("tcp 1 large.test"));
  });
  await t.step("what is not there", async () => {
    assert.equal((await resolve("nowhere.test")).code, EAI_NONAME);
    assert.equal((await resolve("empty.test")).code, EAI_NODATA);
    assert.equal((await resolve("broken.test")).code, EAI_AGAIN);
    assert.equal((await resolve("bad..name.test")).code, EAI_NONAME);
    assert.equal((await resolve("x".repeat(64) + ".test")).code, EAI_NONAME);
  });
  await t.step("numbers are not asked for", async () => {
    dns.questions.length = 0;
    assert.deepEqual((await resolve("9.8.7.6")).addresses, ["9.8.7.6"]);
    assert.deepEqual((await resolve("::1", AF_UNSPEC)).addresses, ["0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1"]);
    assert.deepEqual(dns.questions, []);
  });
  await t.step("as the target's own C library resolves them", async () => {
    for (
      const name of ["plain.test", "both.test", "alias.test", "web", "two.dots", "localhost", "pod-1"]
    ) {
      for (const [database, family] of [["ahostsv4", AF_INET], ["ahosts", AF_UNSPEC]] as const) {
        const { addresses } = await ask(session, "resolve", { name: bytesOf(name), family });
        assert.deepEqual(addresses.map(addressText).sort(), (await getent(target, database, name)).sort(), name);
      }
    }
    const [first] = (await ask(session, "resolve", { name: bytesOf("both.test"), family: AF_UNSPEC })).addresses;
    assert.equal(addressText(first), (await getent(target, "ahosts", "both.test"))[0]);
    for (const name of ["nowhere.test", "empty.test"]) assert.deepEqual(await getent(target, "ahosts", name), []);
  });
  await t.step("answers are kept as long as they hold, and no longer", async () => {
    dns.questions.length = 0;
    for (let times = 0; times < 5; times++) await resolve("short.test.");
    assert.equal(dns.questions.length, 1);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await Promise.all(Array.from({ length: 10 }, () => resolve("short.test.")));
    assert.equal(dns.questions.length, 2);
  });
  await t.step("names of addresses", async () => {
    const reverse = async (...address: number[]) => {
      const { code, name } = await ask(session, "reverseResolve", { address: Uint8Array.from(address) });
      return code === 0 ? textOf(name) : code;
    };
    assert.equal(await reverse(1, 2, 3, 4), "plain.test");
    assert.equal(await reverse(10, 99, 0, 1), "pod-1");
    assert.equal(await reverse(5, 5, 5, 5), EAI_NONAME);
  });
  await t.step("the first server that answers, without waiting for one that refuses", async () => {
    await configure(target, `nameserver 10.99.0.1\nnameserver 127.0.0.1\noptions timeout:1 attempts:1\n`);
    await inTarget(target, "ip address add 10.99.0.2/24 dev target0");
    await configure(target, `nameserver 10.99.0.2\nnameserver ${server}\noptions timeout:2\n`);
    const began = performance.now();
    assert.deepEqual((await resolve("plain.test")).addresses, ["1.2.3.4"]);
    assert(performance.now() - began < 500, "a refusal is known at once");
  });
  await t.step("silence is given up after timeout and attempts", async () => {
    await configure(target, `nameserver ${server}\noptions timeout:1 attempts:2\n`);
    dns.questions.length = 0;
    const began = performance.now();
    assert.equal((await resolve("silent.test")).code, EAI_AGAIN);
    const seconds = (performance.now() - began) / 1000;
    assert(seconds > 2.5 && seconds < 4, `${seconds} s`);
    assert.equal(dns.questions.length, 2);
  });
  await t.step("the order of nsswitch.conf", async () => {
    await Deno.writeTextFile(`${target.root}/etc/nsswitch.conf`, "hosts: dns files\n");
    await inTarget(target, "echo 7.7.7.7 plain.test >> /etc/hosts");
    await configure(target, `nameserver ${server}\n`);
    assert.deepEqual((await resolve("plain.test")).addresses, ["1.2.3.4"]);
    await Deno.writeTextFile(`${target.root}/etc/nsswitch.conf`, "hosts: files dns\n");
    await configure(target, `nameserver ${server}\n`);
    assert.deepEqual((await resolve("plain.test")).addresses, ["7.7.7.7"]);
  });
  await session.end("done");
});

async function resolveOn(session: Session, name: string, family: number) {
  const { code, canonicalName, addresses } = await ask(session, "resolve", { name: bytesOf(name), family });
  return { code, name: textOf(canonicalName), addresses: addresses.map((address) => address.join(".")) };
}

/** What the C library answers in the target, numbers as texts; none when it finds nothing. */
async function getent(target: TestTarget, database: string, name: string): Promise<string[]> {
  const lines = (await inTarget(target, `getent ${database} ${name} || true`)).split("\n");
  const addresses = lines.filter((line) => line.includes("STREAM")).map((line) => line.split(" ")[0]);
  return [...new Set(addresses.map((address) => addressText(addressBytes(address)!)))];
}

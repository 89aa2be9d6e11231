import assert from "node:assert/strict";
import { formatHost } from "../system/socket_address.ts";
import { parseResolvConf } from "./resolv_conf.ts";

Deno.test("parseResolvConf reads what Kubernetes writes", () => {
  const config = parseResolvConf(
    "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
    "pod",
  );
  assert.deepEqual(config.servers.map(formatHost), ["10.96.0.10"]);
  assert.deepEqual(config.search, ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"]);
  assert.equal(config.ndots, 5);
  assert.equal(config.timeoutMs, 5000);
  assert.equal(config.attempts, 2);
});

Deno.test("parseResolvConf keeps to the limits of the C library", () => {
  const text = ["1.1.1.1", "2.2.2.2", "nonsense", "fd00::1", "4.4.4.4"].map((server) => `nameserver ${server}`).join(
    "\n",
  );
  const config = parseResolvConf(
    `${text}\noptions ndots:99 timeout:99 attempts:99 rotate use-vc edns0 no-aaaa\n`,
    "pod",
  );
  assert.deepEqual(config.servers.map(formatHost), ["1.1.1.1", "2.2.2.2", "fd00:0:0:0:0:0:0:1"]);
  assert.deepEqual([config.ndots, config.timeoutMs, config.attempts], [15, 30_000, 5]);
  assert.deepEqual([config.rotate, config.useTcp, config.edns, config.noAaaa], [true, true, true, true]);
});

Deno.test("parseResolvConf takes the last of domain and search, and the host's own domain without them", () => {
  assert.deepEqual(parseResolvConf("search a b\ndomain c.\n", "pod").search, ["c"]);
  assert.deepEqual(parseResolvConf("domain c\nsearch a. b # d\n; search x\n", "pod").search, ["a", "b"]);
  assert.deepEqual(parseResolvConf("", "pod.example.com").search, ["example.com"]);
});

Deno.test("parseResolvConf asks this host when no server is named", () => {
  assert.deepEqual(parseResolvConf("", "pod").servers.map(formatHost), ["127.0.0.1"]);
});

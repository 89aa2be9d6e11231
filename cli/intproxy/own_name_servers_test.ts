import assert from "node:assert/strict";
import { parseIp } from "../system/ip_text.ts";
import { ownNameServers } from "./own_name_servers.ts";

Deno.test("the servers of a resolv.conf are told by address and port", () => {
  const isOwn = ownNameServers(
    "# comment\nnameserver 127.0.0.53\nsearch x\n nameserver fe80::1%eth0\nnameserver what\n",
  );
  assert.ok(isOwn(parseIp("127.0.0.53"), 53) && isOwn(parseIp("fe80::1"), 53));
  assert.ok(!isOwn(parseIp("127.0.0.53"), 54) && !isOwn(parseIp("127.0.0.1"), 53));
});

Deno.test("without any there is the one on loopback", () => {
  assert.ok(ownNameServers("search x\n")(parseIp("127.0.0.1"), 53));
});

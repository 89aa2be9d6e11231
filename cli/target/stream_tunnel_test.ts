import assert from "node:assert/strict";
import { childTunnel } from "./stream_tunnel.ts";

function spawn(...command: [string, ...string[]]): Deno.ChildProcess {
  const [program, ...args] = command;
  return new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
}

Deno.test("bytes go through a program and come back, in buffers smaller than what it writes", async () => {
  const child = spawn("cat");
  const tunnel = childTunnel(child);
  const sent = new Uint8Array(200_000).map((_, index) => index * 7);
  const writing = tunnel.write(sent);
  const received = new Uint8Array(sent.length);
  for (let length = 0; length < received.length;) {
    length += await tunnel.read(received.subarray(length, length + 1000)) ?? assert.fail("it ended");
  }
  await writing;
  assert.deepEqual(received, sent);
  tunnel.close();
  tunnel.close();
  await child.status;
});

Deno.test("the program's end is the tunnel's", async () => {
  const child = spawn("true");
  const tunnel = childTunnel(child);
  assert.equal(await tunnel.read(new Uint8Array(10)), null);
  tunnel.close();
  await child.status;
});

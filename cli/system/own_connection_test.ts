import assert from "node:assert/strict";
import { libc } from "./libc.ts";
import { sendConnectionAtOnce } from "./own_connection.ts";

/** How many connections of this process to the port send at once. */
function sendersAtOnce(): number {
  const [protocol, noDelay] = [6, 1];
  const set = [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    const value = new Uint8Array(4);
    const length = new Uint8Array([4, 0, 0, 0]);
    return libc.getsockopt(Number(name), protocol, noDelay, value, length) === 0 && value[0] === 1;
  });
  return set.length;
}

Deno.test("a connection of Deno's own sends at once when it is told to", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using accepted = await listener.accept();
  const before = sendersAtOnce();
  sendConnectionAtOnce(conn);
  assert.equal(sendersAtOnce(), before + 1);
  sendConnectionAtOnce(accepted);
  assert.equal(sendersAtOnce(), before + 2);
});

/** What an agent makes of whoever has the name of the holder. */
import assert from "node:assert/strict";
import { Follower, type Unfit } from "../../agent/holder/follower.ts";
import { acceptConnection, closeSocket, listenAbstract } from "../../agent/system/unix_socket.ts";
import { ECONNREFUSED } from "../../agent/system/errno.ts";
import { SystemError } from "../../agent/system/system_error.ts";

const target = { tokenHash: new Uint8Array(32), mode: "targeted", pid: 1 } as const;
const attach = (name: string) => Follower.attach(name, target, () => {});
const uniqueName = () => `mirrord-follower-test-${crypto.randomUUID()}`;

Deno.test("nobody has the name", async () => {
  const isRefused = (error: unknown) => error instanceof SystemError && error.errno === ECONNREFUSED;
  await assert.rejects(attach(uniqueName()), isRefused);
});

Deno.test("a holder that dies under the question is ending, one that is silent is not", async () => {
  for (const isEnding of [true, false]) {
    const name = uniqueName();
    const listener = listenAbstract(name);
    const attaching = attach(name);
    const connection = (await acceptConnection(listener))!;
    if (isEnding) closeSocket(connection);
    const unfit = await attaching as Unfit;
    assert.deepEqual([unfit.isAgent, unfit.isEnding], [true, isEnding]);
    assert.match(unfit.reason, /does not answer/);
    if (!isEnding) closeSocket(connection);
    closeSocket(listener);
  }
});

/** A file system that answers nothing stops nobody who does not ask it. */
import assert from "node:assert/strict";
import { startAgent } from "./support/agent_process.ts";
import { ask, bytesOf, connectTcp, readFile, textOf } from "./support/requests.ts";
import { inNetwork } from "./support/network.ts";
import { inTarget, startTarget, targetAddress } from "./support/target.ts";

const hangingCalls = 200;

Deno.test("a dead file system hangs only the requests that touch it", async () => {
  await using target = await startTarget();
  await inTarget(target, "mkdir /data/dead; echo alive > /data/alive");
  const helper = new URL("./support/hanging_filesystem.ts", import.meta.url).pathname;
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", helper, `${target.pid}`, "/data/dead"],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = server.stdout.getReader();
  assert.equal(new TextDecoder().decode((await output.read()).value), "mounted\n");
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  let answered = 0;
  const hanging = Array.from({ length: hangingCalls }, async (_, index) => {
    const path = bytesOf(`/data/dead/${index}`);
    const reply = await ask(session, "access", { path, mode: 4, effectiveIds: false });
    answered++;
    return reply;
  });
  const making = ["made", "/made/"].map((name) => {
    const change = { makeDirectory: { mode: 0o755 } };
    return ask(session, "change", { path: bytesOf(`/data/dead/${name}`), change, expected: null });
  });
  const renaming = ask(session, "change", {
    path: bytesOf("/data/alive"),
    change: { rename: { to: bytesOf("/data/dead/alive"), flags: 0 } },
    expected: null,
  });
  const writing = ask(session, "editFile", { path: bytesOf("/data/dead/new"), flags: 0o101, mode: 0o644 });
  for (const reply of [...making, renaming, writing]) void reply.then(() => answered++);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal(answered, 0);

  const began = performance.now();
  assert.equal(textOf(await readFile(session, "/data/alive") as Uint8Array), "alive\n");
  const fine = { path: bytesOf("/data/fine"), change: { makeDirectory: { mode: 0o755 } }, expected: null };
  assert.equal((await ask(session, "change", fine)).errno, 0);
  assert.equal((await ask(session, "access", { path: bytesOf("/data"), mode: 4, effectiveIds: true })).errno, 0);
  const entries = { directory: bytesOf("/data"), names: [bytesOf("alive"), bytesOf("dead")], question: { stat: {} } };
  assert.deepEqual(await ask(session, "askEntries", entries), { answers: [] }, "nothing is asked ahead there");
  using listener = inNetwork(target.pid, () => Deno.listen({ hostname: targetAddress, port: 7000 }));
  const { stream, reply } = await connectTcp(session, [10, 99, 0, 1], (listener.addr as Deno.NetAddr).port);
  assert("ok" in reply);
  stream.reset(0);
  (await listener.accept()).close();
  assert(performance.now() - began < 500, `${performance.now() - began} ms`);
  assert.equal(answered, 0);

  server.kill("SIGKILL");
  await Promise.all([server.status, output.cancel()]);
  for (const { errno } of await Promise.all([...hanging, ...making, renaming])) assert.notEqual(errno, 0);
  assert.ok("failed" in await writing);
  await session.end("done");
});

import assert from "node:assert/strict";
import { startAgent } from "./support/agent_process.ts";
import { ask, bytesOf, readFile, textOf } from "./support/requests.ts";
import { startTarget } from "./support/target.ts";

Deno.test("first light", async () => {
  await using target = await startTarget({ variables: { COLOUR: "blue" } });
  await Deno.writeTextFile(`${target.root}/data/hello`, "hello\n");
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  console.log(agent.log());
  console.log(await ask(session, "describe", {}));
  console.log((await ask(session, "env", {})).variables.map(textOf));
  const content = await readFile(session, "/data/hello");
  assert.equal(textOf(content as Uint8Array), "hello\n");
  console.log(await ask(session, "stat", { path: bytesOf("/data/hello"), followLinks: true }));
  await session.end("done");
  console.log(await agent.exited, agent.log());
});

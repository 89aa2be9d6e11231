import assert from "node:assert/strict";
import { FakeApiServer, json, status } from "../../tests/kube/fake_api_server.ts";
import { requireRoom } from "./node_room.ts";

/** Asks about a node that takes `allowed` pods and has `present` ones. */
async function ask(allowed: number | "forbidden", present: number | "forbidden"): Promise<string[]> {
  const refusal = () => status(403, "Forbidden", "not for you");
  await using server = await FakeApiServer.start(({ path }) => {
    if (path.startsWith("/api/v1/nodes/node1")) {
      return allowed === "forbidden" ? refusal() : json({ status: { allocatable: { pods: String(allowed) } } });
    }
    return present === "forbidden"
      ? refusal()
      : json({ items: Array.from({ length: present }, () => ({})), metadata: {} });
  });
  await requireRoom(server.api, "node1");
  return server.seen.map(({ path }) => path).sort();
}

Deno.test("a node with room for one more pod is taken, counting those that have not ended", async () => {
  assert.deepEqual(await ask(3, 2), [
    "/api/v1/nodes/node1",
    "/api/v1/pods?fieldSelector=spec.nodeName=node1,status.phase!=Succeeded,status.phase!=Failed&limit=500",
  ]);
});

Deno.test("a full node is refused with its numbers", async () => {
  await assert.rejects(ask(3, 3), /node node1 has no room for the agent's pod: 3 of 3 pods are on it/);
  await assert.rejects(ask(0, 0), /0 of 0 pods/);
});

Deno.test("a user who may not look is not held up", async () => {
  await ask("forbidden", 3);
  await ask(3, "forbidden");
});

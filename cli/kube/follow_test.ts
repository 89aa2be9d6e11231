import assert from "node:assert/strict";
import { type Answer, FakeApiServer, json } from "../../tests/kube/fake_api_server.ts";
import { followPod, type PodChange } from "./follow.ts";

const target = {
  namespace: "shop",
  pod: "web",
  podUid: "u1",
  node: "n",
  container: "web",
  containerId: "one",
  podIps: ["10.0.0.1"],
  alternatives: [],
  isReplacedByName: false,
  sharesProcesses: false,
  mesh: null,
};

/** The pod with its container in this state. */
function pod(id: string | null, metadata: object = {}, phase = "Running") {
  const state = id === null ? { terminated: { exitCode: 1 } } : { running: {} };
  const status = { name: "web", state, containerID: `containerd://${id ?? "one"}` };
  return { metadata: { name: "web", uid: "u1", ...metadata }, status: { phase, containerStatuses: [status] } };
}

/** A server on which these events happen, the first being what is there already. */
function happening(first: unknown, ...then: { type: string; object: unknown }[]): Answer {
  return ({ path }) => {
    if (!path.includes("watch=true")) return json({ items: first === null ? [] : [first], metadata: {} });
    return new Response(then.splice(0).map((event) => JSON.stringify(event) + "\n").join(""));
  };
}

async function changes(answer: Answer, count: number): Promise<PodChange[]> {
  await using server = await FakeApiServer.start(answer);
  const over = new AbortController();
  const found: PodChange[] = [];
  for await (const change of followPod(server.api, target, over.signal)) {
    found.push(change);
    if (found.length === count) {
      over.abort();
      break;
    }
  }
  return found;
}

Deno.test("a restarted container is told once, when it runs", async () => {
  const seen = changes(
    happening(
      pod("one"),
      { type: "MODIFIED", object: pod(null) },
      { type: "MODIFIED", object: pod("two") },
      { type: "MODIFIED", object: pod("two") },
      { type: "MODIFIED", object: pod("three") },
    ),
    2,
  );
  assert.deepEqual(await seen, [
    { kind: "restarted", containerId: "two" },
    { kind: "restarted", containerId: "three" },
  ]);
});

const ends: Record<string, { type: string; object: unknown }> = {
  "deleted": { type: "DELETED", object: pod("one") },
  "being deleted": { type: "MODIFIED", object: pod("one", { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
  "replaced by one with its name": { type: "MODIFIED", object: pod("one", { uid: "u2" }) },
  "failed": { type: "MODIFIED", object: pod("one", {}, "Failed") },
};

for (const [what, event] of Object.entries(ends)) {
  Deno.test(`a pod that is ${what} is left`, async () => {
    assert.deepEqual(await changes(happening(pod("one"), event), 1), [{ kind: "left" }]);
  });
}

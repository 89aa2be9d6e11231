import assert from "node:assert/strict";
import { type Answer, FakeApiServer, json, status } from "../../tests/kube/fake_api_server.ts";
import { MirrordError } from "../error.ts";
import { resolveTarget, selectorText, type WorkloadTarget } from "./resolve.ts";

/** A pod of one container; `phase` decides whether it can be a target. */
function pod(name: string, phase = "Running") {
  return {
    metadata: { name, namespace: "shop", uid: name },
    spec: { nodeName: "n", containers: [{ name: "web" }] },
    status: {
      phase,
      podIPs: [{ ip: "10.0.0.1" }],
      containerStatuses: [{ name: "web", ready: true, containerID: `containerd://${name}` }],
    },
  };
}

const workload = (kind: WorkloadTarget["kind"], name = "api"): WorkloadTarget => ({ kind, name, container: null });

/** Answers by the beginning of the path. */
function byPath(answers: Record<string, unknown>): Answer {
  return ({ path }) => {
    const found = Object.entries(answers).find(([prefix]) => path.startsWith(prefix));
    return found === undefined ? status(404, "NotFound", `${path} not found`) : json(found[1]);
  };
}

const deployment = { spec: { selector: { matchLabels: { app: "api", tier: "front" } } } };
const podList = "/api/v1/namespaces/shop/pods?";

Deno.test("a deployment's first usable pod is taken, and the number of the others told", async () => {
  const items = [pod("a", "Pending"), pod("b"), pod("c")];
  await using server = await FakeApiServer.start(byPath({
    "/apis/apps/v1/namespaces/shop/deployments/api": deployment,
    [podList]: { items, metadata: {} },
  }));
  const found = await resolveTarget(server.api, "shop", workload("deployment"));
  assert.deepEqual([found.pod, found.containerId, found.otherPods], ["b", "b", 2]);
  assert.match(server.seen[1]!.path, /labelSelector=app=api,tier=front/);
});

Deno.test("a deployment without a usable pod is told with the first one's reason", async () => {
  const answers = (items: unknown[]) =>
    byPath({ "/apis/apps/v1/namespaces/shop/deployments/api": deployment, [podList]: { items, metadata: {} } });
  await using pending = await FakeApiServer.start(answers([pod("a", "Pending"), pod("b", "Failed")]));
  await assert.rejects(resolveTarget(pending.api, "shop", workload("deployment")), (error: MirrordError) => {
    assert.match(error.message, /deployment api has no pod that can be a target \(nor any of its 1 other pods\)/);
    assert.match((error.cause as Error).message, /pod a can't be a target: it is Pending/);
    return true;
  });
  await using empty = await FakeApiServer.start(answers([]));
  await assert.rejects(resolveTarget(empty.api, "shop", workload("deployment")), /deployment api has no pods/);
});

Deno.test("a pod is read by its name, and an absent one is named with its namespace", async () => {
  await using server = await FakeApiServer.start(byPath({ "/api/v1/namespaces/shop/pods/api": pod("api") }));
  assert.equal((await resolveTarget(server.api, "shop", workload("pod"))).pod, "api");
  await assert.rejects(
    resolveTarget(server.api, "shop", workload("pod", "gone")),
    /there is no pod gone in namespace shop/,
  );
});

Deno.test("a rollout's pods are found by its own selector, or by what it refers to", async () => {
  const rollouts = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
  await using server = await FakeApiServer.start(byPath({
    [`${rollouts}/own`]: { spec: { selector: { matchLabels: { app: "own" } } } },
    [`${rollouts}/referring`]: { spec: { workloadRef: { kind: "Deployment", name: "api" } } },
    [`${rollouts}/template`]: { spec: { workloadRef: { kind: "PodTemplate", name: "t" } } },
    [`${rollouts}/nothing`]: { spec: {} },
    "/apis/apps/v1/namespaces/shop/deployments/api": deployment,
    "/api/v1/namespaces/shop/podtemplates/t": { template: { metadata: { labels: { from: "template" } } } },
    [podList]: { items: [pod("a")], metadata: {} },
  }));
  for (const name of ["own", "referring", "template"]) {
    await resolveTarget(server.api, "shop", workload("rollout", name));
  }
  const selectors = server.seen.map(({ path }) => path.match(/labelSelector=([^&]*)/)?.[1]).filter(Boolean);
  assert.deepEqual(selectors, ["app=own", "app=api,tier=front", "from=template"]);
  await assert.rejects(resolveTarget(server.api, "shop", workload("rollout", "nothing")), /lacks spec\.selector/);
});

Deno.test("a missing right is named", async () => {
  await using server = await FakeApiServer.start(() => status(403, "Forbidden", "deployments is forbidden"));
  await assert.rejects(resolveTarget(server.api, "shop", workload("deployment")), (error: MirrordError) => {
    assert.match(error.help ?? "", /right to get deployments/);
    return true;
  });
});

Deno.test("selectors by expressions are written as the API takes them", () => {
  const matchExpressions = [
    { key: "env", operator: "In", values: ["a", "b"] },
    { key: "env", operator: "NotIn", values: ["c"] },
    { key: "web", operator: "Exists" },
    { key: "old", operator: "DoesNotExist" },
  ];
  const text = selectorText({ matchLabels: { app: "x" }, matchExpressions });
  assert.equal(text, "app=x,env in (a,b),env notin (c),web,!old");
  assert.equal(selectorText(undefined), "");
});

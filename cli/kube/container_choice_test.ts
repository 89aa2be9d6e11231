import assert from "node:assert/strict";
import { chooseContainer } from "./container_choice.ts";

function pod(names: string[], annotations: Record<string, string> = {}) {
  return { metadata: { annotations }, spec: { containers: names.map((name) => ({ name })) } };
}

Deno.test("the named container is taken, or none", () => {
  assert.deepEqual(chooseContainer(pod(["a", "b"]), "b"), { name: "b", alternatives: [] });
  assert.equal(chooseContainer(pod(["a", "b"]), "c"), null);
});

Deno.test("the first of the specification that is no helper is taken, and the others are told", () => {
  assert.deepEqual(chooseContainer(pod(["istio-proxy", "web", "admin"]), null), {
    name: "web",
    alternatives: ["admin"],
  });
  assert.deepEqual(chooseContainer(pod(["vault-agent", "web"]), null), { name: "web", alternatives: [] });
});

Deno.test("helpers are taken when there is nothing else", () => {
  const choice = chooseContainer(pod(["istio-proxy", "queue-proxy"]), null);
  assert.deepEqual(choice, { name: "istio-proxy", alternatives: ["queue-proxy"] });
});

Deno.test("the pod's own annotation decides, unless it names nothing", () => {
  const annotation = "kubectl.kubernetes.io/default-container";
  assert.deepEqual(chooseContainer(pod(["a", "b"], { [annotation]: "b" }), null), { name: "b", alternatives: [] });
  assert.deepEqual(chooseContainer(pod(["a", "b"], { [annotation]: "x" }), null), { name: "a", alternatives: ["b"] });
  assert.deepEqual(chooseContainer(pod(["a", "b"], { [annotation]: "b" }), "a"), { name: "a", alternatives: [] });
});

Deno.test("a pod without containers has none to choose", () => {
  assert.equal(chooseContainer({}, null), null);
});

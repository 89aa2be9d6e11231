import type { V1Pod } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { meshOf } from "./mesh.ts";

const named = (...names: string[]) => names.map((name) => ({ name }));

Deno.test("a mesh is known by its containers, those for the start included, and by ambient's annotation", () => {
  const cases: [V1Pod, string | null][] = [
    [{ spec: { containers: named("web", "admin") } }, null],
    [{ spec: { containers: named("web", "istio-proxy") } }, "Istio"],
    [{ spec: { containers: named("web"), initContainers: named("istio-validation", "istio-proxy") } }, "Istio"],
    [{ spec: { containers: named("linkerd-proxy", "web") } }, "Linkerd"],
    [{ spec: { containers: named("web", "kuma-sidecar") } }, "Kuma"],
    [{ metadata: { annotations: { "ambient.istio.io/redirection": "enabled" } } }, "Istio (ambient)"],
    [{ spec: { containers: named("constructor") } }, null],
  ];
  for (const [pod, mesh] of cases) assert.equal(meshOf(pod), mesh);
});

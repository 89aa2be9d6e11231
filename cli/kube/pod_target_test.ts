import type { V1Pod } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { MirrordError } from "../error.ts";
import { podTarget } from "./pod_target.ts";

/** A pod with one ready container, changed by `change`. */
function pod(change: (pod: V1Pod) => void = () => {}): V1Pod {
  const made: V1Pod = {
    metadata: { name: "web-1", namespace: "shop", uid: "u1" },
    spec: { nodeName: "node1", containers: [{ name: "web" }, { name: "admin" }] },
    status: {
      phase: "Running",
      podIPs: [{ ip: "10.0.0.7" }],
      containerStatuses: [
        { name: "admin", ready: true, containerID: "containerd://bb", image: "", imageID: "", restartCount: 0 },
        { name: "web", ready: true, containerID: "containerd://aa", image: "", imageID: "", restartCount: 0 },
      ],
    },
  };
  change(made);
  return made;
}

/** What is said of the pod that can't be a target. */
function refusal(change: (pod: V1Pod) => void, container: string | null = null): string {
  try {
    podTarget(pod(change), container);
  } catch (error) {
    assert.ok(error instanceof MirrordError);
    return `${error.message}. ${error.help}`;
  }
  throw new Error("it was taken");
}

Deno.test("a running pod is a target, by the order of its specification", () => {
  assert.deepEqual(podTarget(pod(), null), {
    namespace: "shop",
    pod: "web-1",
    podUid: "u1",
    node: "node1",
    container: "web",
    containerId: "aa",
    podIps: ["10.0.0.7"],
    alternatives: ["admin"],
    isReplacedByName: false,
    sharesProcesses: false,
    mesh: null,
  });
});

Deno.test("a StatefulSet's pod is replaced by one with its name, a deployment's is not", () => {
  for (const [kind, expected] of [["StatefulSet", true], ["ReplicaSet", false]] as const) {
    const owner = { apiVersion: "apps/v1", kind, name: "web", uid: "o" };
    const owned = pod((made) => made.metadata!.ownerReferences = [owner]);
    assert.equal(podTarget(owned, null).isReplacedByName, expected);
  }
});

Deno.test("docker's and cri-o's ids are understood, an unknown runtime's are not", () => {
  const withId = (id: string) => pod((made) => made.status!.containerStatuses![1]!.containerID = id);
  for (const runtime of ["docker", "cri-o"]) {
    assert.equal(podTarget(withId(`${runtime}://cc`), "web").containerId, "cc");
  }
  assert.throws(() => podTarget(withId("rkt://cc"), "web"), /id of an unknown kind: rkt:\/\/cc/);
});

Deno.test("what keeps a pod from being a target is said", () => {
  assert.match(refusal((made) => made.metadata!.deletionTimestamp = new Date()), /it is being deleted/);
  assert.match(refusal((made) => made.status!.phase = "Pending"), /it is Pending/);
  assert.match(refusal((made) => delete made.status), /without a state/);
  assert.match(refusal((made) => delete made.spec!.nodeName), /it is on no node/);
  assert.match(refusal((made) => made.status!.podIPs = []), /it has no address/);
  assert.match(refusal((made) => made.status!.containerStatuses = []), /web has no state yet/);
  assert.match(refusal(() => {}, "none"), /no container none.*Its containers: web, admin/);
});

Deno.test("a container that is not ready is told with Kubernetes' reason", () => {
  const text = refusal((made) => {
    const status = made.status!.containerStatuses![1]!;
    status.ready = false;
    status.state = { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } };
  });
  assert.match(text, /web is not ready \(web: CrashLoopBackOff: back-off 5m0s\).*kubectl describe pod web-1/);
});

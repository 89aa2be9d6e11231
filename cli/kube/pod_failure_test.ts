import type { V1ContainerState, V1Pod } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { podFailure, podState } from "./pod_failure.ts";

function pod(state: V1ContainerState, status: Partial<V1Pod["status"]> = {}): V1Pod {
  const container = { name: "agent", image: "x/agent:1", imageID: "", ready: false, restartCount: 0, state };
  return { status: { phase: "Pending", containerStatuses: [container], ...status } };
}

const shown = (failing: V1Pod) => {
  const failure = podFailure(failing, "agent");
  assert.ok(failure !== null);
  return `${failure.message} | ${failure.cause} | ${failure.help}`;
};

Deno.test("a pod that is on its way has not failed", () => {
  for (const reason of ["ContainerCreating", "PodInitializing", undefined]) {
    assert.equal(podFailure(pod({ waiting: { reason } }), "agent"), null);
  }
  assert.equal(podFailure(pod({ running: {} }), "agent"), null);
  assert.equal(podFailure({}, "agent"), null);
});

Deno.test("an image that can't be had is told with the node's words, and how to bring it there", () => {
  for (const reason of ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"]) {
    const text = shown(pod({ waiting: { reason, message: "no such host" } }));
    assert.match(text, /could not get the agent's image x\/agent:1/);
    assert.ok(text.includes(`${reason}: no such host`), text);
    assert.match(text, /mirrord image load/);
  }
});

Deno.test("a container that can't be started, and one that ended, are told", () => {
  assert.match(shown(pod({ waiting: { reason: "CreateContainerError", message: "bad" } })), /not be started.*: bad/);
  assert.match(shown(pod({ terminated: { exitCode: 3 } })), /ended with code 3 before it was ready/);
  const killed = shown(pod({ terminated: { exitCode: 137, reason: "OOMKilled" } }));
  assert.match(killed, /out of memory.*agent\.resources/);
});

Deno.test("a node without room is told, with the way around", () => {
  const message = "Node didn't have enough resource: pods, requested: 1, used: 110, capacity: 110";
  const text = shown(pod({}, { phase: "Failed", reason: "OutOfpods", message }));
  assert.match(text, /no room for the agent .*used: 110.*agent\.ephemeral/);
});

Deno.test("an agent that no node takes is told in the scheduler's words", () => {
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message: "0/1 nodes are available",
  };
  const text = shown(pod({}, { conditions: [condition] }));
  assert.match(text, /no node can take the agent .*0\/1 nodes are available.*agent\.node_selector/);
});

Deno.test("the state for a timeout's message is the most telling one", () => {
  assert.equal(podState(pod({ waiting: { reason: "ContainerCreating" } }), "agent"), "ContainerCreating");
  assert.equal(podState(pod({ running: {} }), "agent"), "it runs, but does not answer");
  assert.equal(podState({}, "agent"), "its pod is new");
});

import assert from "node:assert/strict";
import { configSchema } from "../../config/config.ts";
import { agentEphemeralContainer, agentJob } from "./agent_spec.ts";
import type { PodTarget } from "./pod_target.ts";

const target: PodTarget = {
  namespace: "shop",
  pod: "web-1",
  podUid: "u1",
  node: "node7",
  container: "web",
  containerId: "c0ffee",
  podIps: ["10.0.0.7"],
  alternatives: [],
  isReplacedByName: false,
  sharesProcesses: false,
  mesh: null,
};

interface Changes {
  targetless?: boolean;
  deadlineSeconds?: number;
  mesh?: PodTarget["mesh"];
}

function job(agent: Record<string, unknown> = {}, changes: Changes = {}) {
  const made = agentJob({
    name: "mirrord-agent-x",
    agent: configSchema.parse({ agent }).agent,
    port: 40_000,
    tokenHash: "ab".repeat(32),
    target: changes.targetless ? null : { ...target, mesh: changes.mesh ?? null },
    deadlineSeconds: changes.deadlineSeconds ?? null,
  });
  const pod = made.spec!.template.spec!;
  return { made, pod, container: pod.containers[0]! };
}

Deno.test("the Job's pod is on the target's node, sees its processes, and is tried once", () => {
  const { made, pod, container } = job();
  assert.equal(pod.nodeName, "node7");
  assert.equal(pod.hostPID, true);
  assert.equal(pod.restartPolicy, "Never");
  assert.equal(made.spec!.backoffLimit, 0);
  assert.deepEqual(container.args, ["--container-id", "c0ffee", "--listen", "127.0.0.1:40000"]);
  assert.deepEqual(pod.tolerations, [{ operator: "Exists" }]);
  assert.equal(pod.automountServiceAccountToken, false);
});

Deno.test("labels and annotations: the user's, and ours which win", () => {
  const { made } = job({
    labels: { team: "a", app: "other" },
    annotations: { "linkerd.io/inject": "enabled", note: "b" },
  });
  const { template } = made.spec!;
  for (const metadata of [made.metadata!, template.metadata!]) {
    assert.deepEqual(metadata.labels, { team: "a", app: "mirrord", "kuma.io/sidecar-injection": "disabled" });
    assert.deepEqual(metadata.annotations, {
      note: "b",
      "linkerd.io/inject": "disabled",
      "sidecar.istio.io/inject": "false",
    });
  }
  const without = job({ disable_mesh_sidecar_injection: false }).made;
  assert.deepEqual(without.metadata!.labels, { app: "mirrord" });
});

Deno.test("in a mesh traffic is mirrored behind the sidecar, unless the user names the interface", () => {
  const named = (agent: Record<string, unknown>, mesh: PodTarget["mesh"]) =>
    job(agent, { mesh }).container.env!.find(({ name }) => name === "MIRRORD_AGENT_NETWORK_INTERFACE")?.value;
  assert.equal(named({}, null), undefined);
  assert.equal(named({}, "Linkerd"), "lo");
  assert.equal(named({ network_interface: "eth1" }, "Linkerd"), "eth1");
});

Deno.test("the agent is told how to log and how to ask name servers", () => {
  const agent = { log_level: "debug", json_log: true, dns: { timeout: 2, attempts: 3 } };
  const env = Object.fromEntries(job(agent).container.env!.map(({ name, value }) => [name, value]));
  assert.equal(env.RUST_LOG, "debug");
  assert.equal(env.MIRRORD_AGENT_JSON_LOG, "true");
  assert.equal(env.MIRRORD_AGENT_DNS_TIMEOUT, "2");
  assert.equal(env.MIRRORD_AGENT_DNS_ATTEMPTS, "3");
});

Deno.test("not privileged unless told, with just the capabilities that are not disabled", () => {
  const all = ["NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_ADMIN"];
  const { securityContext } = job().container;
  assert.equal(securityContext!.privileged, false);
  assert.equal(securityContext!.runAsUser, 0);
  assert.equal(securityContext!.runAsNonRoot, false);
  assert.deepEqual(securityContext!.capabilities, { add: all });
  const less = job({ privileged: true, disabled_capabilities: ["NET_RAW"] }).container.securityContext!;
  assert.equal(less.privileged, true);
  assert.deepEqual(less.capabilities!.add, all.filter((name) => name !== "NET_RAW"));
});

Deno.test("a targetless agent has no rights at all, whatever is configured", () => {
  const { pod, container } = job({ privileged: true, node_selector: { disk: "ssd" } }, { targetless: true });
  assert.equal(pod.hostPID, undefined);
  assert.equal(pod.nodeName, undefined);
  assert.deepEqual(pod.nodeSelector, { disk: "ssd" });
  assert.equal(container.securityContext!.privileged, undefined);
  assert.deepEqual(container.securityContext!.capabilities, { drop: ["ALL"] });
  assert.equal(container.securityContext!.runAsNonRoot, true);
  assert.deepEqual(container.args!.slice(0, 1), ["--targetless"]);
});

Deno.test("the token is not in the Job, only its hash", () => {
  const { made } = job({ communication_timeout: 7 });
  const env = Object.fromEntries(made.spec!.template.spec!.containers[0]!.env!.map(({ name, value }) => [name, value]));
  assert.equal(env.MIRRORD_AGENT_TOKEN_HASH, "ab".repeat(32));
  assert.equal(env.MIRRORD_AGENT_COMMUNICATION_TIMEOUT, "7");
  assert.equal(env.MIRRORD_AGENT_TOKEN, undefined);
});

Deno.test("times, resources, and whose the pod is come from the configuration", () => {
  const { made, pod, container } = job({
    ttl: 30,
    resources: { limits: { memory: "1Gi" } },
    service_account: "robot",
    priority_class: "high",
    image: "registry.example/agent:1",
    image_pull_policy: "Always",
    image_pull_secrets: [{ name: "key" }],
  }, { deadlineSeconds: 75 });
  assert.equal(made.spec!.ttlSecondsAfterFinished, 30);
  assert.equal(made.spec!.activeDeadlineSeconds, 75);
  assert.deepEqual(container.resources, { limits: { memory: "1Gi" } });
  assert.equal(pod.serviceAccountName, "robot");
  assert.equal(pod.priorityClassName, "high");
  assert.deepEqual(pod.imagePullSecrets, [{ name: "key" }]);
  assert.deepEqual([container.image, container.imagePullPolicy], ["registry.example/agent:1", "Always"]);
  assert.equal("activeDeadlineSeconds" in job().made.spec!, false, "no deadline unless it can be lifted");
});

Deno.test("an ephemeral container joins the target's processes, or finds them in the pod's", () => {
  const agent = configSchema.parse({}).agent;
  const make = (sharesProcesses: boolean) =>
    agentEphemeralContainer({ name: "e", agent, port: 40_000, tokenHash: "", target: { ...target, sharesProcesses } });
  assert.equal(make(false).targetContainerName, "web");
  assert.deepEqual(make(false).args, ["--ephemeral", "--listen", "127.0.0.1:40000"]);
  assert.deepEqual(make(true).args!.slice(0, 2), ["--ephemeral-container-id", "c0ffee"]);
  assert.equal(make(false).securityContext!.runAsNonRoot, false);
  assert.equal("resources" in make(false), false, "the API refuses them");
});

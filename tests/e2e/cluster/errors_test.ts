/** What cannot be had in the cluster is said, with the reason Kubernetes gives (M-013, M-083, M-179). */
import assert from "node:assert/strict";
import { eventually } from "../mirrord.ts";
import { exec, kubectl, kubectlApply, leftInCluster, shop } from "./shop.ts";

async function refusal(target: string, flags: string[] = [], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await exec(target, ["true"], {
    flags,
    env: { ...env, MIRRORD_PROGRESS_MODE: "off" },
  });
  assert.equal(code, 1, stdout + stderr);
  return stderr;
}

Deno.test("a target that is not there is named", async () => {
  await shop();
  assert.match(await refusal("pod/nobody"), /nobody/);
  assert.match(await refusal("deployment/nobody"), /nobody/);
  assert.match(await refusal("deployment/api/container/nobody"), /nobody/);
});

Deno.test("a deployment without ready pods is told from one that does not exist", async () => {
  await shop();
  const image = "docker.io/mirrord-test/target:1";
  await kubectl("create", "deployment", "asleep", `--image=${image}`, "--replicas=0");
  try {
    assert.match(await refusal("deployment/asleep"), /asleep/);
  } finally {
    await kubectl("delete", "deployment", "asleep", "--wait=true");
  }
});

Deno.test("an image that cannot be pulled is named, with what to do, and nothing is left", async () => {
  await shop();
  const text = await refusal("deployment/api", [
    "--agent-image",
    "nowhere.invalid/agent:0",
    "--agent-startup-timeout",
    "40",
  ]);
  assert.match(text, /nowhere\.invalid\/agent:0/);
  assert.match(text, /mirrord image load|image/);
  assert.equal(await leftInCluster(), "");
});

/** The API server enforces a quota when the controller has counted what is there. */
async function createQuota(limit: string): Promise<void> {
  await kubectl("create", "quota", "tight", `--hard=${limit}`);
  const counted = async () => await kubectl("get", "quota", "tight", "-o", "jsonpath={.status.hard}") !== "";
  assert.equal(await eventually(counted, true), true);
}

for (const limit of ["count/jobs.batch=0", "pods=1"]) {
  Deno.test(`a quota of ${limit}, which forbids the agent, is told in its own words`, async () => {
    await shop();
    await createQuota(limit);
    try {
      assert.match(
        await refusal("deployment/api", ["--agent-namespace", "shop", "--agent-startup-timeout", "30"]),
        /exceeded quota: tight/,
      );
    } finally {
      await kubectl("delete", "quota", "tight");
    }
    assert.equal(await leftInCluster(), "");
  });
}

Deno.test("a namespace's pod security, which forbids the agent, is told in its own words", async () => {
  await shop();
  const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  await kubectlApply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "strict", labels } });
  try {
    const text = await refusal("deployment/api", ["--agent-namespace", "strict", "--agent-startup-timeout", "30"]);
    assert.match(text, /violates PodSecurity "baseline/);
    assert.match(text, /agent\.namespace/);
  } finally {
    await kubectl("delete", "namespace", "strict", "--wait=true");
  }
  assert.equal(await leftInCluster(), "");
});

Deno.test("an agent that nobody can place in time is told with its state", async () => {
  await shop();
  const config = await Deno.makeTempFile({ suffix: ".json" });
  // A name nobody has: the targetless agent's pod waits for such a node.
  await Deno.writeTextFile(config, JSON.stringify({ agent: { node_selector: { "no.such/label": "x" } } }));
  const { code, stderr } = await exec(null, ["true"], { flags: ["-f", config], env: { MIRRORD_PROGRESS_MODE: "off" } });
  assert.equal(code, 1);
  assert.match(stderr, /no node can take the agent/);
  assert.match(stderr, /didn't match Pod's node affinity\/selector/);
  await Deno.remove(config);
  assert.equal(await leftInCluster(), "");
});

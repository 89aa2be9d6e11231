import assert from "node:assert/strict";
import { status } from "../../tests/kube/fake_api_server.ts";
import { type Any, FakeCluster, runningPod } from "../../tests/kube/fake_cluster.ts";
import { configSchema } from "../../config/config.ts";
import type { MirrordError } from "../error.ts";
import type { Progress, Task } from "../target/progress.ts";
import { makeToken } from "../target/token.ts";
import { mayPatchJobs } from "./access_review.ts";
import { startJobAgent } from "./kube_agent.ts";
import { type PodTarget, podTarget } from "./pod_target.ts";

const quiet: Task = { task: () => quiet, info() {}, warning() {}, done() {}, failed() {} };

/** Starts an agent, targetless unless told; it is given up after a second. */
function start(cluster: FakeCluster, progress: Progress = quiet, target: PodTarget | null = null, settings = {}) {
  const { agent } = configSchema.parse({ agent: { startup_timeout: 1, ...settings } });
  return startJobAgent({
    api: cluster.api,
    agent,
    namespace: "shop",
    target,
    token: makeToken(),
    progress,
    mayPatchJobs: mayPatchJobs(cluster.api, "shop"),
  });
}

/** The failure of a start, whole; nothing of the Job may be left by then. */
async function failure(onJob: (job: Any, cluster: FakeCluster) => void): Promise<string> {
  await using cluster = await FakeCluster.start();
  cluster.onJob = (job) => onJob(job, cluster);
  let text = "";
  await assert.rejects(start(cluster), (error: MirrordError) => {
    text = [error.message, error.cause, error.help].join(" | ");
    return true;
  });
  assert.deepEqual([...cluster.objects.keys()].filter((path) => path.includes("mirrord-agent")), []);
  return text;
}

/** What the kubelet says of the agent's pod. */
function podStatus(cluster: FakeCluster, job: Any, containerStatus: Any, podChanges: Any = {}): void {
  const pod = runningPod("agent-pod", { labels: { "job-name": job.metadata.name } });
  pod.status = { phase: "Pending", containerStatuses: [{ name: "mirrord-agent", ...containerStatus }], ...podChanges };
  cluster.put("/api/v1/namespaces/shop/pods/agent-pod", { ...pod, job });
}

const jobOf = (cluster: FakeCluster) => [...cluster.objects.values()].find(({ kind }) => kind === "Job");

Deno.test("an agent is ready when it answers, and its Job's deadline is lifted then", async () => {
  await using cluster = await FakeCluster.start();
  const agent = await start(cluster);
  assert.equal(jobOf(cluster).spec.activeDeadlineSeconds, 16, "the time to start, and some more");
  const patched = cluster.seen.filter((request) => request.startsWith("PATCH"));
  assert.deepEqual(patched, [`PATCH /apis/batch/v1/namespaces/shop/jobs/${jobOf(cluster).metadata.name}`]);
  assert.equal(await agent.hasEnded(), false);
  await agent.stop();
  assert.equal(await agent.hasEnded(), true);
});

Deno.test("there is no deadline for a user who could not lift it", async () => {
  await using cluster = await FakeCluster.start();
  cluster.mayPatchJobs = false;
  await start(cluster);
  assert.equal(jobOf(cluster).spec.activeDeadlineSeconds, undefined);
  assert.deepEqual(cluster.seen.filter((request) => request.startsWith("PATCH")), []);
});

Deno.test("an agent that comes late is asked again until it answers", async () => {
  await using cluster = await FakeCluster.start();
  cluster.refusal = status(500, "InternalError", "container not running");
  cluster.onJob = (job) => {
    cluster.startAgent(job);
    setTimeout(() => cluster.refusal = null, 200);
  };
  await start(cluster);
});

Deno.test("an image that can't be had is told at once, and the Job is gone", async () => {
  const waiting = { reason: "ErrImagePull", message: "no such host" };
  const text = await failure((job, cluster) => podStatus(cluster, job, { image: "x:1", state: { waiting } }));
  assert.match(text, /could not get the agent's image x:1 \| ErrImagePull: no such host \| .*mirrord image load/);
});

Deno.test("an agent that ends is told with its last words", async () => {
  const state = { terminated: { exitCode: 1 } };
  const text = await failure((job, cluster) => podStatus(cluster, job, { image: "x:1", state }, { phase: "Failed" }));
  assert.match(text, /ended with code 1 before it was ready \| the agent's last words/);
});

Deno.test("a quota is told in the words of the Job's events", async () => {
  const text = await failure((job, cluster) => {
    const message = 'pods "a" is forbidden: exceeded quota: tight';
    cluster.put("/api/v1/namespaces/shop/events/e", { metadata: { name: "e" }, reason: "FailedCreate", message });
    assert.equal(job.metadata.labels.app, "mirrord");
  });
  assert.match(text, /did not allow the agent's pod \| .*exceeded quota: tight/);
});

Deno.test("an agent that does not come in time is told with what was known last", async () => {
  const state = { waiting: { reason: "ContainerCreating" } };
  const text = await failure((job, cluster) => {
    cluster.refusal = status(500, "InternalError", "not yet");
    podStatus(cluster, job, { image: "x:1", state });
  });
  assert.match(text, /not ready within 1 s \| ContainerCreating \| .*agent\.startup_timeout/);
});

Deno.test("a pod that somebody deletes is told", async () => {
  const text = await failure((job, cluster) => {
    cluster.refusal = status(500, "InternalError", "not yet");
    podStatus(cluster, job, { image: "x:1", state: {} });
    setTimeout(() => cluster.remove("/api/v1/namespaces/shop/pods/agent-pod"), 100);
  });
  assert.match(text, /agent's pod agent-pod was deleted/);
});

Deno.test("who may not forward ports is told so at once", async () => {
  const text = await failure((job, cluster) => {
    cluster.refusal = status(403, "Forbidden", "not you");
    cluster.startAgent(job);
  });
  assert.match(text, /not you .*right to create pods\/portforward/);
});

Deno.test("an agent on a full node is refused, and its Job removed", async () => {
  await using cluster = await FakeCluster.start();
  cluster.put("/api/v1/nodes/node1", { status: { allocatable: { pods: "1" } } });
  cluster.put("/api/v1/pods/one", runningPod("one"));
  const target = podTarget(runningPod("one"), null);
  await assert.rejects(start(cluster, quiet, target), /node node1 has no room for the agent's pod: 1 of 1 pods/);
  assert.equal(jobOf(cluster), undefined);
  const unchecked = await start(cluster, quiet, target, { check_out_of_pods: false });
  await unchecked.stop();
});

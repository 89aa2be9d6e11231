import assert from "node:assert/strict";
import { type Any, FakeCluster, runningPod } from "../../tests/kube/fake_cluster.ts";
import { configSchema } from "../../config/config.ts";
import { endSession } from "../../protocol/link/mod.ts";
import type { TargetConnection, TargetEvents } from "../target/connection.ts";
import { dialToEnd } from "../target/end_info.ts";
import { openTarget } from "../target/open.ts";
import type { Task } from "../target/progress.ts";

const podPath = (name: string) => `/api/v1/namespaces/shop/pods/${name}`;
const deploymentPath = "/apis/apps/v1/namespaces/shop/deployments/api";

/** A cluster with deployment `api` of these pods, an opened target, and what was said meanwhile. */
class Scene implements AsyncDisposable {
  readonly said: string[] = [];
  readonly events: string[] = [];
  readonly #waiting: (() => void)[] = [];
  declare target: TargetConnection;

  private constructor(readonly cluster: FakeCluster, readonly folder: string) {}

  static async open(config: Record<string, unknown>, pods: Any[] = [labelled("one")]): Promise<Scene> {
    const scene = new Scene(await FakeCluster.start(), await Deno.makeTempDir({ prefix: "mirrord-scene-" }));
    const { cluster, folder } = scene;
    cluster.put(deploymentPath, { spec: { selector: { matchLabels: { app: "api" } } } });
    for (const pod of pods) cluster.put(podPath(pod.metadata.name), pod);
    await Deno.writeTextFile(`${folder}/config`, cluster.kubeconfig());
    const parsed = configSchema.parse({ kubeconfig: `${folder}/config`, use_proxy: false, ...config });
    const options = {
      config: parsed,
      installation: {} as Any,
      home: folder,
      onAgentLine: () => {},
      progress: scene.#progress(),
    };
    try {
      scene.target = await openTarget(options);
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
    return scene;
  }

  watch(): void {
    const note = (kind: keyof TargetEvents) => (text: string) => {
      this.events.push(`${kind} ${text}`);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    this.target.watch({ onRestart: note("onRestart"), onMoved: note("onMoved"), onGone: note("onGone") });
  }

  async nextEvent(): Promise<string> {
    const count = this.events.length;
    if (count === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.events.shift()!;
  }

  /** Whether the agent that is dialled knows our token. */
  async agentAnswers(): Promise<boolean> {
    const nobody = new Uint8Array(16);
    return await endSession(() => this.target.dial(), this.target.token, nobody) === false;
  }

  jobs(): string[] {
    return [...this.cluster.objects.keys()].filter((path) => path.includes("/jobs/"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // There is none when opening it failed.
    await this.target?.close(true);
    await this.cluster[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }

  #progress(): Task {
    const task: Task = {
      task: (name) => {
        this.said.push(name);
        return task;
      },
      info: (message) => void this.said.push(`info: ${message}`),
      warning: (message) => void this.said.push(`warning: ${message}`),
      done() {},
      failed() {},
    };
    return task;
  }
}

function labelled(name: string, changes: Parameters<typeof runningPod>[1] = {}): Any {
  return runningPod(name, { labels: { app: "api" }, ...changes });
}

const deployment = { target: { path: "deployment/api", namespace: "shop" } };

Deno.test("a deployment is opened: an agent on its pod's node, in the context's namespace", async () => {
  await using scene = await Scene.open(deployment);
  assert.equal(scene.target.describe(), "pod/one (container web)");
  assert.equal(await scene.agentAnswers(), true);
  const [path] = scene.jobs();
  assert.match(path!, /^\/apis\/batch\/v1\/namespaces\/here\/jobs\/mirrord-agent-[a-z0-9]{10}$/);
  const { args } = scene.cluster.objects.get(path!).spec.template.spec.containers[0];
  assert.deepEqual(args.slice(0, 2), ["--container-id", "id-one"]);
  const steps = scene.said.map((text) => text.replace(/mirrord-agent-\w+/, "JOB"));
  assert.deepEqual(steps, [
    "finding deployment api",
    "starting the agent",
    "creating job JOB",
    "waiting for the agent to be ready",
  ]);
});

Deno.test("namespaces: the context's is the default, agent.namespace is the Job's", async () => {
  const inOwn = { target: { path: "pod/one", namespace: "shop" }, agent: { namespace: "tools" } };
  await using scene = await Scene.open(inOwn);
  assert.match(scene.jobs()[0]!, /namespaces\/tools\//);
  await assert.rejects(Scene.open({ target: { path: "pod/one" } }), /no pod one in namespace here/);
});

Deno.test("targetless: a Job in the target's namespace, without anything to find", async () => {
  await using scene = await Scene.open({ target: { namespace: "shop" }, agent: { namespace: "tools" } });
  assert.match(scene.jobs()[0]!, /namespaces\/shop\//);
  assert.equal(scene.target.describe(), "targetless in namespace shop");
  assert.equal(await scene.agentAnswers(), true);
});

Deno.test("one of several pods is taken, and of several containers the first, and that is said", async () => {
  const two = labelled("one");
  two.spec.containers.push({ name: "admin" });
  await using scene = await Scene.open(deployment, [two, labelled("two")]);
  const told = scene.said.filter((text) => /^(info|warning)/.test(text));
  assert.deepEqual(told, [
    "info: deployment api has 2 pods: only one is the target",
    "warning: pod one has several containers; web was chosen, others are admin: choose one by deployment/api/container/NAME",
  ]);
});

Deno.test("a restarted container is told with its id, and the agent stays", async () => {
  await using scene = await Scene.open(deployment);
  scene.watch();
  await ready(scene);
  const jobs = scene.jobs();
  scene.cluster.put(podPath("one"), labelled("one", { containerId: "again" }));
  assert.equal(await scene.nextEvent(), "onRestart again");
  assert.deepEqual(scene.jobs(), jobs);
});

Deno.test("when the pod is replaced, the tunnels end and another agent is dialled", async () => {
  await using scene = await Scene.open(deployment);
  scene.watch();
  await ready(scene);
  const [job] = scene.jobs();
  const tunnel = await scene.target.dial();
  scene.cluster.put(podPath("two"), labelled("two"));
  scene.cluster.remove(podPath("one"));
  assert.equal(await scene.nextEvent(), "onMoved pod/two (container web)");
  assert.equal(await tunnel.read(new Uint8Array(1)).catch(() => null), null, "the old tunnel is closed");
  assert.deepEqual(scene.jobs(), [], "the old agent is gone");
  assert.equal(await scene.agentAnswers(), true);
  assert.notEqual(scene.jobs()[0], job);
});

Deno.test("a pod that nobody replaces is given up soon, with its name", async () => {
  await using scene = await Scene.open({ target: { path: "pod/one", namespace: "shop" } });
  scene.watch();
  await ready(scene);
  scene.cluster.remove(podPath("one"));
  assert.equal(await scene.nextEvent(), "onGone pod one is gone as a target, and nothing took its place");
});

Deno.test("an agent that has ended is started again by the next dial, with the same token", async () => {
  await using scene = await Scene.open(deployment);
  const [job] = scene.jobs();
  scene.cluster.remove(`/api/v1/namespaces/here/pods/${job!.split("/").at(-1)}-pod`);
  assert.equal(await scene.agentAnswers(), true);
  assert.equal(scene.jobs().length, 2, "the old Job is Kubernetes' to remove");
});

Deno.test("the guardian reaches the agent by what stands in the end info", async () => {
  await using scene = await Scene.open(deployment);
  const info = JSON.parse(JSON.stringify(scene.target.endInfo()));
  assert.equal(await endSession(() => dialToEnd(info), scene.target.token, new Uint8Array(16)), false);
});

Deno.test("a target that never had a session leaves no Job; another's agent ends by itself", async () => {
  const scene = await Scene.open(deployment);
  await scene.target.close(false);
  assert.equal(scene.jobs().length, 1);
  await scene[Symbol.asyncDispose]();
  const other = await Scene.open(deployment);
  await other.target.close(true);
  assert.equal(other.jobs().length, 0);
  await other[Symbol.asyncDispose]();
});

Deno.test("kinds that need the operator are refused by name", async () => {
  const statefulSet = { target: { path: "statefulset/api" } };
  await assert.rejects(Scene.open(statefulSet), /targets of kind statefulset need mirrord's operator/);
});

/** Lets the watch of the target's pod begin. */
async function ready(scene: Scene): Promise<void> {
  const watches = () => scene.cluster.watching(podPath("").slice(0, -1));
  while (watches() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

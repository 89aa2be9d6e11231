/** Starts an agent in the cluster. */
import type { V1Job, V1Pod } from "@kubernetes/client-node";
import type { Config } from "../../config/config.ts";
import type { RunningAgent } from "../target/renewable_agent.ts";
import type { Progress } from "../target/progress.ts";
import { asTask } from "../target/progress.ts";
import { tokenHash, uniqueName } from "../target/token.ts";
import { agentContainerName, agentEphemeralContainer, agentJob } from "./agent_spec.ts";
import { waitForAgent } from "./agent_wait.ts";
import type { KubeApi } from "./api.ts";
import { explain } from "./api_error.ts";
import { requireRoom } from "./node_room.ts";
import { paths } from "./paths.ts";
import type { PodTarget } from "./pod_target.ts";
import { forwardPort } from "./port_forward.ts";

export interface KubeAgentOptions {
  api: KubeApi;
  agent: Config["agent"];
  /** The namespace of the agent's Job. */
  namespace: string;
  /** Null for a targetless agent. */
  target: PodTarget | null;
  token: Uint8Array;
  progress: Progress;
  /** Whether this user may change Jobs; see `access_review.ts`. */
  mayPatchJobs: Promise<boolean>;
}

export interface KubeAgent extends RunningAgent {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** Kubernetes' own ports and those of common servers are below. */
const lowestPort = 30_000;
/** After the time to start the CLI has this long to say that it is there. */
const deadlineSlackSeconds = 15;

/** A Job with one pod: on the target's node, or wherever the scheduler puts a targetless one. */
export async function startJobAgent(options: KubeAgentOptions): Promise<KubeAgent> {
  const { api, agent, namespace, token, target } = options;
  const port = randomPort();
  const name = uniqueName("mirrord-agent");
  // Asked while the Job is made: it is removed when the answer is no.
  const room = agent.check_out_of_pods && target !== null ? requireRoom(api, target.node) : Promise.resolve();
  room.catch(() => {});
  const hasDeadline = await options.mayPatchJobs;
  const job = agentJob({
    name,
    agent,
    port,
    tokenHash: await tokenHash(token),
    target,
    deadlineSeconds: hasDeadline ? agent.startup_timeout + deadlineSlackSeconds : null,
  });
  const created = await asTask(options.progress, `creating job ${name}`, () => createJob(api, namespace, job));
  const stop = () => api.delete(paths.jobs(namespace, name));
  try {
    await room;
    const pod = await asTask(options.progress, "waiting for the agent to be ready", () =>
      waitForAgent({
        api,
        namespace,
        selection: { labelSelector: `job-name=${name}` },
        container: agentContainerName,
        jobUid: created.metadata?.uid ?? "",
        token,
        timeoutMs: agent.startup_timeout * 1000,
        dial: (pod) => forwardPort(api.server, namespace, pod, port),
      }));
    if (hasDeadline) await liftDeadline(api, namespace, name);
    return runningAgent({ api, namespace, pod, port, container: agentContainerName, stop });
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/** A container in the target's own pod. It cannot be removed afterwards; it ends by itself. */
export async function startEphemeralAgent(options: KubeAgentOptions & { target: PodTarget }): Promise<KubeAgent> {
  const { api, agent, target, token } = options;
  const { namespace, pod } = target;
  const port = randomPort();
  const name = uniqueName("mirrord-agent");
  const container = agentEphemeralContainer({ name, agent, port, tokenHash: await tokenHash(token), target });
  await asTask(options.progress, `adding the agent to pod ${pod}`, () => addContainer(api, namespace, pod, container));
  await asTask(options.progress, "waiting for the agent to be ready", () =>
    waitForAgent({
      api,
      namespace,
      selection: { fieldSelector: `metadata.name=${pod}` },
      container: name,
      jobUid: null,
      token,
      timeoutMs: agent.startup_timeout * 1000,
      dial: () => forwardPort(api.server, namespace, pod, port),
    }));
  return runningAgent({ api, namespace, pod, port, container: name, stop: () => Promise.resolve() });
}

async function createJob(api: KubeApi, namespace: string, job: V1Job): Promise<V1Job> {
  try {
    return await api.create<V1Job>(paths.jobs(namespace), job);
  } catch (error) {
    throw explain(error, `creating the agent's Job in namespace ${namespace}`, { verb: "create", resource: "jobs" });
  }
}

async function addContainer(api: KubeApi, namespace: string, pod: string, container: object): Promise<void> {
  try {
    const path = `${paths.pods(namespace, pod)}/ephemeralcontainers`;
    await api.strategicMerge(path, { spec: { ephemeralContainers: [container] } });
  } catch (error) {
    const right = { verb: "patch", resource: "pods/ephemeralcontainers" };
    throw explain(error, `adding an ephemeral container to pod ${pod}`, right);
  }
}

/** From now on the agent itself ends when nobody is connected. */
async function liftDeadline(api: KubeApi, namespace: string, job: string): Promise<void> {
  try {
    await api.merge(paths.jobs(namespace, job), { spec: { activeDeadlineSeconds: null } });
  } catch (error) {
    throw explain(error, `lifting the deadline of job ${job}`, { verb: "patch", resource: "jobs" });
  }
}

interface Running {
  api: KubeApi;
  namespace: string;
  pod: string;
  port: number;
  container: string;
  stop(): Promise<void>;
}

function runningAgent({ api, namespace, pod, port, container, stop }: Running): KubeAgent {
  return {
    namespace,
    pod,
    port,
    stop,
    dial: () => forwardPort(api.server, namespace, pod, port),
    async hasEnded() {
      const found = await api.find<V1Pod>(paths.pods(namespace, pod));
      return found === null || containerHasEnded(found, container);
    },
  };
}

function containerHasEnded({ status }: V1Pod, container: string): boolean {
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return true;
  const statuses = [...status?.containerStatuses ?? [], ...status?.ephemeralContainerStatuses ?? []];
  return statuses.find(({ name }) => name === container)?.state?.terminated !== undefined;
}

function randomPort(): number {
  const range = 65_536 - lowestPort;
  return lowestPort + crypto.getRandomValues(new Uint32Array(1))[0]! % range;
}

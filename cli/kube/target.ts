/** Opens a target in Kubernetes, and keeps to it through restarts and rollouts. */
import { MirrordError } from "../error.ts";
import type { TargetConnection, TargetEvents, TargetOptions } from "../target/connection.ts";
import type { EndInfo } from "../target/end_info.ts";
import { asTask, type Progress } from "../target/progress.ts";
import { RenewableAgent } from "../target/renewable_agent.ts";
import { makeToken } from "../target/token.ts";
import { mayPatchJobs } from "./access_review.ts";
import { KubeApi } from "./api.ts";
import { ApiServer } from "./api_server.ts";
import { findPatiently } from "./find_patiently.ts";
import { followPod } from "./follow.ts";
import { type KubeAgent, startEphemeralAgent, startJobAgent } from "./kube_agent.ts";
import { findCredentials, type KubeconfigOptions } from "./kubeconfig.ts";
import type { PodTarget } from "./pod_target.ts";
import { type ResolvedTarget, resolveTarget, type WorkloadTarget } from "./resolve.ts";

/** How long we wait for another pod when the target's is gone; shorter for a pod that nobody replaces. */
const movePatienceMs = 60_000;
const singlePodPatienceMs = 5000;

/** @param workload null for targetless. @throws {MirrordError} */
export async function openKubernetesTarget(
  workload: WorkloadTarget | null,
  options: TargetOptions,
): Promise<TargetConnection> {
  const { config, home } = options;
  const kubeconfig: KubeconfigOptions = {
    path: config.kubeconfig,
    context: config.kube_context,
    acceptInvalidCertificates: config.accept_invalid_certificates,
    useProxy: config.use_proxy,
    home,
  };
  const server = new ApiServer(await findCredentials(kubeconfig));
  const { namespace } = await server.credentials();
  const target = new KubernetesTarget(new KubeApi(server), kubeconfig, workload, namespace, options);
  try {
    await target.open();
    return target;
  } catch (error) {
    await target.close(true);
    throw error;
  }
}

class KubernetesTarget implements TargetConnection {
  readonly token = makeToken();
  readonly #renewable: RenewableAgent;
  readonly #mayPatchJobs: Promise<boolean>;
  readonly #over = new AbortController();
  /** Null for targetless. */
  #pod: PodTarget | null = null;
  #agent: KubeAgent | null = null;
  #progress: Progress;

  constructor(
    readonly api: KubeApi,
    readonly kubeconfig: KubeconfigOptions,
    readonly workload: WorkloadTarget | null,
    readonly contextNamespace: string,
    readonly options: TargetOptions,
  ) {
    this.#progress = options.progress;
    this.#renewable = new RenewableAgent(() => this.#start());
    // Asked now, so that the answer is there when the Job is made.
    this.#mayPatchJobs = mayPatchJobs(api, this.#agentNamespace);
  }

  async open(): Promise<void> {
    const { workload, options: { progress } } = this;
    if (workload !== null) {
      const name = `finding ${workload.kind} ${workload.name}`;
      const found = await asTask(progress, name, () => resolveTarget(this.api, this.#targetNamespace, workload));
      this.#pod = found;
      this.#tellChoice(found, workload);
    }
    await asTask(progress, "starting the agent", async (task) => {
      this.#progress = task;
      await this.#renewable.ensure().finally(() => this.#progress = progress);
    });
  }

  dial = () => this.#renewable.dial();

  describe(): string {
    if (this.#pod === null) return `targetless in namespace ${this.#agentNamespace}`;
    return `pod/${this.#pod.pod} (container ${this.#pod.container})`;
  }

  endInfo(): EndInfo {
    const { namespace, pod, port } = this.#agent!;
    return { kind: "kubernetes", pod: { kubeconfig: this.kubeconfig, namespace, pod, port } };
  }

  watch(events: TargetEvents): void {
    if (this.workload === null) return;
    this.#follow(this.workload, events).catch((error) => {
      if (!this.#over.signal.aborted) events.onGone(error instanceof Error ? error.message : String(error));
    });
  }

  async close(last: boolean): Promise<void> {
    this.#over.abort();
    await this.#renewable.close(last).catch(() => {});
    this.api.server.close();
  }

  get #targetNamespace(): string {
    return this.options.config.target.namespace ?? this.contextNamespace;
  }

  /** A targetless agent is put where the user wants to be. */
  get #agentNamespace(): string {
    const { agent, target } = this.options.config;
    const own = agent.namespace ?? this.contextNamespace;
    return this.workload === null ? target.namespace ?? own : own;
  }

  get #search() {
    return { api: this.api, namespace: this.#targetNamespace, signal: this.#over.signal };
  }

  async #start(): Promise<KubeAgent> {
    const { agent } = this.options.config;
    const shared = {
      api: this.api,
      agent,
      token: this.token,
      progress: this.#progress,
      mayPatchJobs: this.#mayPatchJobs,
    };
    // Only a later start can find the container restarted, or being so.
    if (this.#agent !== null && this.#pod !== null) this.#pod = await this.#readyAgain(this.#pod);
    const target = this.#pod;
    const namespace = this.#agentNamespace;
    this.#agent = agent.ephemeral && target !== null
      ? await startEphemeralAgent({ ...shared, namespace, target })
      : await startJobAgent({ ...shared, namespace, target });
    return this.#agent;
  }

  /** The same pod when its container is ready. @throws {MirrordError} when it isn't in time, or is no longer the target */
  async #readyAgain(old: PodTarget): Promise<PodTarget> {
    const isOld = ({ podUid }: PodTarget) => podUid === old.podUid;
    const found = await findPatiently({
      ...this.#search,
      workload: { kind: "pod", name: old.pod, container: old.container },
      isWanted: isOld,
      isMoot: () => !isOld(this.#pod!),
      patienceMs: movePatienceMs,
    });
    if (found === null) throw new MirrordError(`pod ${old.pod} is no longer the target`);
    return found;
  }

  async #follow(workload: WorkloadTarget, events: TargetEvents): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      for await (const change of followPod(this.api, this.#pod!, signal)) {
        if (change.kind === "left") await this.#move(workload, events);
        else {
          this.#pod = { ...this.#pod!, containerId: change.containerId };
          events.onRestart(change.containerId);
        }
      }
    }
  }

  /** Another pod of the workload takes the old one's place, or a new one with its name. */
  async #move(workload: WorkloadTarget, events: TargetEvents): Promise<void> {
    const old = this.#pod!;
    const isHopeful = workload.kind !== "pod" || old.isReplacedByName;
    const next = await findPatiently({
      ...this.#search,
      workload,
      isWanted: ({ podUid }) => podUid !== old.podUid,
      isMoot: () => false,
      patienceMs: isHopeful ? movePatienceMs : singlePodPatienceMs,
    });
    if (next === null) return;
    this.#pod = next;
    await this.#renewable.abandon();
    events.onMoved(this.describe());
  }

  /** What was found, and chosen where the user left it open. */
  #tellChoice({ pod, container, alternatives, otherPods, mesh }: ResolvedTarget, { kind, name }: WorkloadTarget): void {
    const { progress } = this.options;
    if (mesh !== null) progress.info(`pod ${pod} is in a mesh, ${mesh}: traffic is taken behind the mesh's proxy`);
    if (otherPods > 0) progress.info(`${kind} ${name} has ${otherPods + 1} pods: only ${pod} is the target`);
    if (alternatives.length === 0) return;
    progress.warning(
      `pod ${pod} has several containers; ${container} was chosen, others are ${alternatives.join(", ")}: ` +
        `choose one by ${kind}/${name}/container/NAME`,
    );
  }
}

/** Looks for a pod until there is one that will do. */
import { MirrordError } from "../error.ts";
import { sleep } from "../target/prove_agent.ts";
import type { KubeApi } from "./api.ts";
import type { PodTarget } from "./pod_target.ts";
import { resolveTarget, type WorkloadTarget } from "./resolve.ts";

export interface Search {
  api: KubeApi;
  namespace: string;
  workload: WorkloadTarget;
  isWanted(pod: PodTarget): boolean;
  /** Whether nobody wants one any more. */
  isMoot(): boolean;
  patienceMs: number;
  signal: AbortSignal;
}

const intervalMs = 500;

/** Null when the search is moot or aborted. @throws {MirrordError} when none came in time, with the last reason */
export async function findPatiently(search: Search): Promise<PodTarget | null> {
  const { api, namespace, workload, signal } = search;
  const isOver = () => signal.aborted || search.isMoot();
  const deadline = performance.now() + search.patienceMs;
  let reason: unknown;
  while (performance.now() < deadline && !isOver()) {
    try {
      const found = await resolveTarget(api, namespace, workload);
      if (search.isWanted(found)) return found;
    } catch (error) {
      reason = error;
    }
    await sleep(intervalMs, signal);
  }
  if (isOver()) return null;
  throw new MirrordError(`${workload.kind} ${workload.name} is gone as a target, and nothing took its place`, {
    cause: reason,
  });
}

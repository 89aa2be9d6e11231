/**
 * The grammar of target paths: `targetless`, `KIND/NAME[/container/CONTAINER]`, and what needs no Kubernetes:
 * `process/PID`, `docker/NAME`, `podman/NAME`.
 */

/** Kinds of Kubernetes objects, as they are written in a path. */
const kubernetesKinds = [
  "pod",
  "deployment",
  "rollout",
  "job",
  "cronjob",
  "statefulset",
  "service",
  "replicaset",
] as const;
export type KubernetesKind = typeof kubernetesKinds[number];

/** Kinds that only the operator can serve. */
export const operatorKinds: readonly KubernetesKind[] = ["job", "cronjob", "statefulset", "service", "replicaset"];

const engineKinds = ["docker", "podman"] as const;
export type EngineKind = typeof engineKinds[number];

export type Target =
  | { kind: "targetless" }
  | { kind: "process"; pid: number }
  | { kind: EngineKind; name: string }
  | { kind: KubernetesKind; name: string; container: string | null };

/** Keys of the object form (`{"pod": "x", "container": "y"}`) and the kind each means. */
export const objectFormKinds: Readonly<Record<string, KubernetesKind>> = {
  pod: "pod",
  deployment: "deployment",
  rollout: "rollout",
  job: "job",
  cron_job: "cronjob",
  stateful_set: "statefulset",
  service: "service",
  replica_set: "replicaset",
};

/** A text that is no target path; the message says what would be. */
export class TargetPathError extends Error {
  override name = "TargetPathError";
}

const formats = "pod/NAME, deployment/NAME, rollout/NAME (each may end in /container/CONTAINER), process/PID, " +
  `docker/NAME, podman/NAME, targetless; with the operator also ${operatorKinds.join(", ")}`;

const kindAliases: Readonly<Record<string, KubernetesKind>> = { deploy: "deployment" };

/**
 * Parses a target path. `KIND/NAME/CONTAINER` is taken for `KIND/NAME/container/CONTAINER`, as in older documents.
 *
 * @throws {TargetPathError}
 */
export function parseTarget(path: string): Target {
  if (path === "targetless") return { kind: "targetless" };
  const parts = path.split("/");
  const kind = parts[0]!;
  if (parts.length === 1) throw invalid(path, `did you mean \`pod/${path}\`?`);
  if (parts.some((part) => part === "")) throw invalid(path, "a name is missing in it");
  if (kind === "process") return processTarget(path, parts);
  if (isOneOf(engineKinds, kind)) {
    if (parts.length !== 2) throw invalid(path, `did you mean \`${kind}/${parts[1]}\`?`);
    return { kind, name: parts[1]! };
  }
  const known = kindAliases[kind] ?? (isOneOf(kubernetesKinds, kind) ? kind : undefined);
  if (known === undefined) throw invalid(path, kindHint(kind, parts));
  return { kind: known, name: parts[1]!, container: containerOf(path, parts) };
}

/** The path a target is written as; `parseTarget` gives the same target back. */
export function formatTarget(target: Target): string {
  if (target.kind === "targetless") return "targetless";
  if (target.kind === "process") return `process/${target.pid}`;
  if (!("container" in target)) return `${target.kind}/${target.name}`;
  const container = target.container === null ? "" : `/container/${target.container}`;
  return `${target.kind}/${target.name}${container}`;
}

function processTarget(path: string, parts: string[]): Target {
  const pid = Number(parts[1]);
  if (parts.length !== 2 || !/^\d{1,10}$/.test(parts[1]!) || pid === 0) {
    throw invalid(path, "a process is named by its number: `process/1234`");
  }
  return { kind: "process", pid };
}

function containerOf(path: string, parts: string[]): string | null {
  if (parts.length === 2) return null;
  if (parts.length === 3 && parts[2] !== "container") return parts[2]!;
  if (parts.length === 4 && parts[2] === "container") return parts[3]!;
  const container = parts.at(-1) === "container" ? "CONTAINER" : parts.at(-1);
  throw invalid(path, `did you mean \`${parts[0]}/${parts[1]}/container/${container}\`?`);
}

function kindHint(kind: string, parts: string[]): string {
  const lower = kind.toLowerCase().replaceAll(/[-_]/g, "");
  const near = [...kubernetesKinds, ...engineKinds, "process"].find((word) => lower === word || lower === `${word}s`);
  return near === undefined
    ? `\`${kind}\` is no kind of target; did you mean \`pod/${parts[1]}\`?`
    : `did you mean \`${[near, ...parts.slice(1)].join("/")}\`?`;
}

function invalid(path: string, hint: string): TargetPathError {
  return new TargetPathError(`invalid target \`${path}\`: ${hint} Valid targets: ${formats}`);
}

function isOneOf<Word extends string>(words: readonly Word[], word: string): word is Word {
  return (words as readonly string[]).includes(word);
}

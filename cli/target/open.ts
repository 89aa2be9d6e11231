/** Opens a target of any kind; the code of each kind is loaded when it is needed. */
import { parseTarget, type Target } from "../../config/target_path.ts";
import { MirrordError } from "../error.ts";
import type { TargetConnection, TargetOptions } from "./connection.ts";

/**
 * Starts an agent for the configured target, or joins the one named by `connect_tcp`. Resolves when the agent can be
 * dialled.
 *
 * @throws {MirrordError} with the reason the kernel, the engine or Kubernetes gives
 */
export async function openTarget(options: TargetOptions): Promise<TargetConnection> {
  const { connect_tcp: tcp, target: { path } } = options.config;
  if (tcp.address !== null) return await (await import("./tcp_target.ts")).openTcpTarget(options);
  const target: Target = path === null ? { kind: "targetless" } : parseTarget(path);
  switch (target.kind) {
    case "process":
      return await (await import("./process_target.ts")).openProcessTarget(target.pid, options);
    case "docker":
    case "podman":
      return await (await import("./engine_target.ts")).openEngineTarget(target.kind, target.name, options);
    case "targetless":
      return await (await import("../kube/target.ts")).openKubernetesTarget(null, options);
    case "pod":
    case "deployment":
    case "rollout": {
      const { kind, name, container } = target;
      return await (await import("../kube/target.ts")).openKubernetesTarget({ kind, name, container }, options);
    }
    default:
      throw new MirrordError(`targets of kind ${target.kind} need mirrord's operator in the cluster`, {
        help: `Choose a pod of it (\`pod/NAME\`), or the deployment behind it.`,
      });
  }
}

/** Rules about the target, and what depends on its kind. */
import type { Config } from "../config.ts";
import { operatorKinds, parseTarget, type Target } from "../target_path.ts";
import type { Findings } from "./findings.ts";

/** The target of a configuration; none, without an agent to join, means targetless. */
export function targetOf(config: Config): Target | null {
  if (config.target.path !== null) return parseTarget(config.target.path);
  return config.connect_tcp.address === null ? { kind: "targetless" } : null;
}

export function verifyTarget(config: Config, findings: Findings): void {
  const target = targetOf(config);
  if (target === null) return verifyJoined(config, findings);
  if (config.connect_tcp.address !== null && config.target.path !== null) {
    findings.warning("target", "is ignored: the agent at `connect_tcp` has its own target");
  }
  if (target.kind === "targetless") verifyTargetless(config, findings);
  else if (target.kind === "process" || target.kind === "docker" || target.kind === "podman") {
    verifyLocal(target, config, findings);
  } else if (operatorKinds.includes(target.kind)) {
    findings.error("target", `a ${target.kind} as target needs the operator, which this version of mirrord cannot use`);
  }
}

function verifyJoined(config: Config, findings: Findings): void {
  if (config.agent.ephemeral) findings.warning("agent.ephemeral", "is ignored: an agent that runs is joined");
}

function verifyTargetless(config: Config, findings: Findings): void {
  if (config.feature.network.incoming.mode === "steal") {
    findings.error(
      "feature.network.incoming.mode",
      "`steal` needs a target: there is nothing to steal from without one",
    );
  }
  if (config.agent.ephemeral) {
    findings.error("agent.ephemeral", "needs a target: an ephemeral container lives in the target's pod");
  }
  if (config.agent.namespace !== null && config.target.namespace !== null) {
    findings.warning("agent.namespace", "is ignored: a targetless agent lives in `target.namespace`");
  }
  if (config.feature.copy_target.enabled) findings.error("feature.copy_target", "needs a target to copy");
}

function verifyLocal(target: Target, config: Config, findings: Findings): void {
  const why = `: a ${target.kind} target has nothing to do with Kubernetes`;
  if (config.agent.ephemeral) findings.warning("agent.ephemeral", `is ignored${why}`);
  if (config.target.namespace !== null) findings.warning("target.namespace", `is ignored${why}`);
  if (config.agent.namespace !== null) findings.warning("agent.namespace", `is ignored${why}`);
  if (config.feature.copy_target.enabled) findings.error("feature.copy_target", `cannot be used${why}`);
}

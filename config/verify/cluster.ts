/** Rules about Kubernetes, the agent and the operator. */
import type { Config } from "../config.ts";
import type { Findings } from "./findings.ts";
import { targetOf } from "./target.ts";

export function verifyClusterKeys(config: Config, findings: Findings): void {
  verifyAgent(config, findings);
  verifyCopyTarget(config, findings);
  if (config.operator === true) {
    findings.error("operator", "is required, but this version of mirrord cannot use the operator");
  }
  const moved = "has moved to `feature.fs.readonly_file_buffer`";
  if (config.experimental.readonly_file_buffer !== null) findings.error("experimental.readonly_file_buffer", moved);
  if (config.experimental.readlink !== null) {
    findings.warning("experimental.readlink", "is deprecated and has no effect: symbolic links are always read");
  }
}

function verifyAgent(config: Config, findings: Findings): void {
  const { agent } = config;
  const isPod = targetOf(config) !== null && "container" in targetOf(config)!;
  if (agent.ephemeral && agent.namespace !== null && isPod) {
    findings.warning("agent.namespace", "is ignored: an ephemeral container lives in the target's namespace");
  }
  const isTargetless = targetOf(config)?.kind === "targetless";
  if (!isTargetless && Object.keys(agent.node_selector).length > 0) {
    findings.warning("agent.node_selector", "is ignored: the agent runs on the target's node");
  }
  if (isTargetless && agent.privileged) findings.warning("agent.privileged", "is ignored: a targetless agent never is");
}

function verifyCopyTarget(config: Config, findings: Findings): void {
  if (!config.feature.copy_target.enabled) return;
  if (config.target.path?.startsWith("service/")) {
    findings.error("feature.copy_target", "cannot copy a service");
  }
  const reason = config.operator === false ? "which `operator: false` excludes" : "which this version cannot use";
  findings.error("feature.copy_target", `needs the operator, ${reason}`);
  if (config.feature.network.incoming.mode !== "steal") {
    findings.warning("feature.copy_target", "without `steal` the answers of the copy may be lost");
  }
}

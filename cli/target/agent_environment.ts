/** What every agent is told by its variables, wherever it runs. */
import type { Config } from "../../config/config.ts";

/** Variables that don't depend on the kind of target; the token's hash comes on top. */
export function agentEnvironment(agent: Config["agent"]): Record<string, string> {
  const env: Record<string, string> = {
    RUST_LOG: agent.log_level,
    MIRRORD_AGENT_JSON_LOG: String(agent.json_log),
  };
  if (agent.communication_timeout !== null) {
    env.MIRRORD_AGENT_COMMUNICATION_TIMEOUT = String(agent.communication_timeout);
  }
  return env;
}

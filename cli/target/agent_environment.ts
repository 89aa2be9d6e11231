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
  if (agent.network_interface !== null) env.MIRRORD_AGENT_NETWORK_INTERFACE = agent.network_interface;
  if (agent.dns.timeout !== null) env.MIRRORD_AGENT_DNS_TIMEOUT = String(agent.dns.timeout);
  if (agent.dns.attempts !== null) env.MIRRORD_AGENT_DNS_ATTEMPTS = String(agent.dns.attempts);
  return env;
}

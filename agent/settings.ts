/** What the launcher and the Kubernetes Job tell the agent by its environment. */
import type { ResolverOverrides } from "./dns/configuration.ts";
import type { TargetMode } from "./target/target.ts";

export interface Settings {
  /** SHA-256 of the token. */
  tokenHash: Uint8Array;
  mode: TargetMode;
  /** Null for targetless. */
  pid: number | null;
  sharesNetwork: boolean;
  /** How long to wait for the first client. */
  communicationTimeoutMs: number;
  dns: ResolverOverrides;
}

const defaultCommunicationTimeoutSeconds = 30;
const modes: readonly string[] = ["targeted", "ephemeral", "targetless"] satisfies TargetMode[];

/** Throws `TypeError` with a sentence for people. */
export function readSettings(variable: (name: string) => string | undefined): Settings {
  const hash = variable("MIRRORD_AGENT_TOKEN_HASH") ?? "";
  if (!/^[0-9a-f]{64}$/i.test(hash)) {
    throw new TypeError("MIRRORD_AGENT_TOKEN_HASH is not the SHA-256 of a token in hex");
  }
  const mode = variable("MIRRORD_AGENT_MODE") ?? "";
  if (!modes.includes(mode)) throw new TypeError(`MIRRORD_AGENT_MODE is "${mode}", not one of ${modes.join(", ")}`);
  const pid = positive(variable, "MIRRORD_AGENT_TARGET_PID");
  if (pid === undefined && mode !== "targetless") throw new TypeError("MIRRORD_AGENT_TARGET_PID is missing");
  const seconds = positive(variable, "MIRRORD_AGENT_COMMUNICATION_TIMEOUT") ?? defaultCommunicationTimeoutSeconds;
  const dnsSeconds = positive(variable, "MIRRORD_AGENT_DNS_TIMEOUT");
  const attempts = positive(variable, "MIRRORD_AGENT_DNS_ATTEMPTS");
  return {
    tokenHash: Uint8Array.fromHex(hash),
    mode: mode as TargetMode,
    pid: pid ?? null,
    sharesNetwork: variable("MIRRORD_AGENT_SHARES_NETWORK") === "1",
    communicationTimeoutMs: seconds * 1000,
    dns: {
      ...(dnsSeconds === undefined ? {} : { timeoutMs: dnsSeconds * 1000 }),
      ...(attempts === undefined ? {} : { attempts }),
    },
  };
}

function positive(variable: (name: string) => string | undefined, name: string): number | undefined {
  const text = variable(name);
  if (text === undefined || text === "") return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`${name} is "${text}", not a positive whole number`);
  return Number(text);
}

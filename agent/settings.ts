/** What the agent is told: by the launcher and the Kubernetes Job in its environment, by people on its command line. */
import { parseLevel } from "../protocol/log.ts";
import type { ResolverOverrides } from "./dns/configuration.ts";
import type { LogSettings } from "./log.ts";
import type { Options } from "./options.ts";
import { StartError } from "./start_error.ts";
import type { TargetMode } from "./target/target.ts";
import { readTokenHash } from "./token.ts";

export interface Settings {
  /** SHA-256 of the token. */
  tokenHash: Uint8Array;
  mode: TargetMode;
  /** Null for targetless. */
  pid: number | null;
  sharesNetwork: boolean;
  /** How long to wait for the first client. */
  communicationTimeoutMs: number;
  /** Never ends for want of clients. */
  stays: boolean;
  /** PEM; null for a control connection in the clear. */
  tls: { cert: string; key: string } | null;
  /** Serves other machines in the clear, too. */
  isInsecure: boolean;
  dns: ResolverOverrides;
  /** The interface of the target's network on which traffic is mirrored; null for all. */
  captureInterface: string | null;
  log: LogSettings;
}

const defaultCommunicationTimeoutSeconds = 30;
const modes: readonly string[] = ["targeted", "ephemeral", "targetless"] satisfies TargetMode[];

/** Throws `StartError`. */
export async function readSettings(
  variable: (name: string) => string | undefined,
  options: Options,
): Promise<Settings> {
  const mode = variable("MIRRORD_AGENT_MODE") ?? "";
  if (!modes.includes(mode)) throw new StartError(`MIRRORD_AGENT_MODE is "${mode}", not one of ${modes.join(", ")}`);
  const pid = positive(variable, "MIRRORD_AGENT_TARGET_PID");
  if (pid === undefined && mode !== "targetless") throw new StartError("MIRRORD_AGENT_TARGET_PID is missing");
  const seconds = positive(variable, "MIRRORD_AGENT_COMMUNICATION_TIMEOUT") ?? defaultCommunicationTimeoutSeconds;
  const dnsSeconds = positive(variable, "MIRRORD_AGENT_DNS_TIMEOUT");
  const attempts = positive(variable, "MIRRORD_AGENT_DNS_ATTEMPTS");
  return {
    tokenHash: await readTokenHash(variable, options.tokenFile),
    mode: mode as TargetMode,
    pid: pid ?? null,
    sharesNetwork: variable("MIRRORD_AGENT_SHARES_NETWORK") === "1",
    communicationTimeoutMs: seconds * 1000,
    stays: options.stay,
    tls: options.tls === null ? null : await readTls(options.tls),
    isInsecure: options.insecure,
    dns: {
      ...(dnsSeconds === undefined ? {} : { timeoutMs: dnsSeconds * 1000 }),
      ...(attempts === undefined ? {} : { attempts }),
    },
    captureInterface: variable("MIRRORD_AGENT_NETWORK_INTERFACE") || null,
    // The filter's syntax is that of the configuration's `log_level`, and the variable the one that it is known by.
    log: { level: parseLevel(variable("RUST_LOG") ?? ""), json: variable("MIRRORD_AGENT_JSON_LOG") === "true" },
  };
}

async function readTls({ certFile, keyFile }: NonNullable<Options["tls"]>): Promise<{ cert: string; key: string }> {
  try {
    return { cert: await Deno.readTextFile(certFile), key: await Deno.readTextFile(keyFile) };
  } catch (error) {
    throw new StartError(`the TLS certificate cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function positive(variable: (name: string) => string | undefined, name: string): number | undefined {
  const text = variable(name);
  if (text === undefined || text === "") return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new StartError(`${name} is "${text}", not a positive whole number`);
  return Number(text);
}

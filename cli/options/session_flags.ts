/** Flags of commands that connect to a target, in groups. */
import { type Flag, means, number, sets } from "./overrides.ts";

const u16Max = 0xffff;

const targetFlags: Flag[] = [
  {
    flags: "-t, --target <path>",
    description: "target: pod/NAME, deployment/NAME[/container/C], process/PID, docker/NAME, podman/NAME, …",
    variables: sets("MIRRORD_IMPERSONATED_TARGET"),
  },
  {
    flags: "-n, --target-namespace <namespace>",
    description: "namespace of the target",
    variables: sets("MIRRORD_TARGET_NAMESPACE"),
  },
  {
    flags: "--context <name>",
    description: "context of the kubeconfig",
    variables: sets("MIRRORD_KUBE_CONTEXT"),
  },
  {
    flags: "-c, --accept-invalid-certificates",
    description: "accept any certificate of the API server (=false: do not, whatever the kubeconfig says)",
    variables: sets("MIRRORD_ACCEPT_INVALID_CERTIFICATES"),
  },
];

const agentFlags: Flag[] = [
  {
    flags: "-a, --agent-namespace <namespace>",
    description: "namespace of the agent",
    variables: sets("MIRRORD_AGENT_NAMESPACE"),
  },
  {
    flags: "-l, --agent-log-level <level>",
    description: "log level of the agent",
    variables: sets("MIRRORD_AGENT_RUST_LOG"),
  },
  { flags: "-i, --agent-image <image>", description: "image of the agent", variables: sets("MIRRORD_AGENT_IMAGE") },
  {
    flags: "--agent-ttl <seconds>",
    description: "how long the finished agent is kept",
    variables: number("MIRRORD_AGENT_TTL", u16Max),
  },
  {
    flags: "--agent-startup-timeout <seconds>",
    description: "how long to wait for the agent",
    variables: number("MIRRORD_AGENT_STARTUP_TIMEOUT", u16Max),
  },
  {
    flags: "-e, --ephemeral-container",
    description: "run the agent as an ephemeral container of the target's pod",
    variables: means({ MIRRORD_EPHEMERAL_CONTAINER: "true" }),
  },
];

const featureFlags: Flag[] = [
  {
    flags: "--fs-mode <mode>",
    description: "files: read (default), write, local, local-with-overrides",
    variables: (mode) => ({ MIRRORD_FILE_MODE: mode.replaceAll("-", "") }),
  },
  {
    flags: "-x, --override-env-vars-exclude <list>",
    description: "variables not to take from the target, separated by ; (* and ? are wildcards)",
    variables: sets("MIRRORD_OVERRIDE_ENV_VARS_EXCLUDE"),
  },
  {
    flags: "-s, --override-env-vars-include <list>",
    description: "the only variables to take from the target",
    variables: sets("MIRRORD_OVERRIDE_ENV_VARS_INCLUDE"),
  },
  {
    flags: "--env-file <path>",
    description: "file of variables that beat the target's",
    variables: sets("MIRRORD_OVERRIDE_ENV_VARS_FILE"),
  },
  {
    flags: "--steal",
    description: "steal incoming traffic instead of mirroring it",
    variables: means({ MIRRORD_AGENT_TCP_STEAL_TRAFFIC: "true" }),
  },
  {
    flags: "--tcp-steal",
    description: "older name of --steal",
    variables: means({ MIRRORD_AGENT_TCP_STEAL_TRAFFIC: "true" }),
    hidden: true,
  },
  {
    flags: "--no-outgoing",
    description: "outgoing connections stay local",
    variables: means({ MIRRORD_TCP_OUTGOING: "false", MIRRORD_UDP_OUTGOING: "false" }),
  },
  {
    flags: "--no-tcp-outgoing",
    description: "outgoing TCP connections stay local",
    variables: means({ MIRRORD_TCP_OUTGOING: "false" }),
  },
  {
    flags: "--no-udp-outgoing",
    description: "outgoing UDP packets stay local",
    variables: means({ MIRRORD_UDP_OUTGOING: "false" }),
  },
  {
    flags: "--no-remote-dns",
    description: "names are resolved locally",
    variables: means({ MIRRORD_REMOTE_DNS: "false" }),
  },
];

const generalFlags: Flag[] = [
  {
    flags: "--skip-processes <list>",
    description: "names of processes to leave alone, separated by ;",
    variables: sets("MIRRORD_SKIP_PROCESSES"),
  },
  { flags: "-k, --key <key>", description: "name of this session", variables: sets("MIRRORD_KEY") },
  {
    flags: "--no-telemetry",
    description: "send no usage statistics (none are sent in any case)",
    variables: means({ MIRRORD_TELEMETRY: "false" }),
  },
  {
    flags: "--disable-version-check",
    description: "do not ask for a newer version (nothing is asked in any case)",
    variables: means({ MIRRORD_CHECK_VERSION: "false" }),
  },
];

/** All flags of `exec`, but for `-f`, which names the file itself. */
export const sessionFlags: readonly Flag[] = [...targetFlags, ...agentFlags, ...featureFlags, ...generalFlags];

/** What `-c=BOOL` becomes before commander reads it: see `words.ts`. */
export const certificatesFlag: Flag = {
  flags: "--certificates-accepted <boolean>",
  description: "",
  variables: (value) => {
    if (value !== "true" && value !== "false") throw new Error("-c takes true or false");
    return { MIRRORD_ACCEPT_INVALID_CERTIFICATES: value };
  },
  hidden: true,
};

export const configFileFlag = {
  flags: "-f, --config-file [path]",
  description: "configuration file (without a path: ./.mirrord/mirrord.json)",
} as const;

/** What a bare `-f` means. */
export const defaultConfigFile = "./.mirrord/mirrord.json";

/** From an opened target to an agent that answers, and stays found when it is restarted or its target moves. */
import type { Infer } from "../../protocol/schema.ts";
import type { DescribeReply } from "../../protocol/agent/messages.ts";
import { connectSession, LinkError, type LinkErrorKind, type Session } from "../../protocol/link/mod.ts";
import { MirrordError } from "../error.ts";
import { wantsRemote } from "../session/environment.ts";
import type { TargetConnection } from "../target/connection.ts";
import { AgentLink } from "./agent_link.ts";
import { parseVariables } from "./env.ts";
import { type Guardian, startGuardian } from "./guardian.ts";
import type { Stage } from "./stage.ts";

/** How often the first tunnel is tried, each time a little later. */
const attemptsMax = 6;
const retryDelayMs = 100;

/** How long an agent may take to say who it is. */
const answerTimeoutMs = 30_000;

export interface ConnectedAgent {
  link: AgentLink;
  description: Infer<typeof DescribeReply>;
  /** The target's variables; null without a target, or when none are wanted. */
  variables: Record<string, string> | null;
}

/** Makes the session, and what ends it in every case. Rejects when the agent cannot be reached. */
export async function connectAgent(stage: Stage, target: TargetConnection): Promise<ConnectedAgent> {
  const { input, log, cleanup } = stage;
  let session: Session | null = null;
  let guardian: Guardian | null = null;
  const order = () => ({
    info: target.endInfo(),
    token: target.token.toBase64(),
    session: session!.id.toHex(),
    sessionId: input.sessionId,
  });
  const link = await AgentLink.connect({
    async connect() {
      session = await openSession(target, input.holder);
      stage.hadSession = true;
      guardian?.update(order());
      return session;
    },
    onFailed: (reason) => stage.end(`the connection to ${target.describe()} is lost: ${reason}`),
    log,
  });
  cleanup.defer(() => guardian?.dismiss());
  cleanup.defer(() => link.end("the program has ended"));
  guardian = startGuardian({
    launcher: input.installation.launcher,
    selfCommand: input.installation.selfCommand,
    programPid: input.pid,
    marks: stage.marks,
    sessionFolders: [stage.folder.path, stage.folder.secondPath],
    orderFile: `${stage.folder.path}.end`,
    reason: "the internal proxy has died, and with it the connection to the target",
  }, order());
  followTarget(stage, target, link);
  return { link, ...await learn(stage, link) };
}

/**
 * An agent that is just leaving, or taking over from one that leaves, may break the first tunnels: they are tried again.
 * Throws `MirrordError`.
 */
async function openSession(target: TargetConnection, holder: string): Promise<Session> {
  for (let attempt = 1;; attempt++) {
    try {
      return await connectSession({ dial: () => target.dial(), token: target.token, holder });
    } catch (cause) {
      if (!(cause instanceof LinkError)) throw cause;
      if (cause.kind === "tunnel" && attempt < attemptsMax) {
        await new Promise((resolve) => setTimeout(resolve, attempt * retryDelayMs));
        continue;
      }
      throw new MirrordError(`the agent opened no session (${target.describe()})`, {
        cause,
        help: helpFor[cause.kind],
      });
    }
  }
}

const helpFor: Partial<Record<LinkErrorKind, string>> = {
  token: "The token must be the one that the agent was started with: see connect_tcp.token_file.",
  version: "Use an agent of the same version as mirrord: see agent.image.",
  busy: "Others use the agent: end their sessions, or try again later.",
  malformed: "Is it an agent? One that wants TLS needs connect_tcp.tls; one that does not needs it off.",
  tunnel: "The agent may have ended: its log says why. One that wants TLS needs connect_tcp.tls. Try again.",
};

/** Files and variables are those of the container that runs now. */
function followTarget({ log, end }: Stage, target: TargetConnection, link: AgentLink): void {
  target.watch({
    onRestart(containerId) {
      log.info(`the target's container was restarted: ${containerId}`);
      link.ask("retarget", { containerId }).then(
        ({ errno }) => errno === 0 || log.error(`the agent cannot follow the container (errno ${errno})`),
        (error) => log.error(`the agent cannot follow the container: ${error}`),
      );
    },
    onMoved: (description) => log.info(`the target is ${description} now`),
    onGone: (reason) => end(`the target is gone: ${reason}`),
  });
}

async function learn(stage: Stage, link: AgentLink): Promise<Omit<ConnectedAgent, "link">> {
  const { input, log } = stage;
  const [description, variables] = await withinTime(Promise.all([
    link.ask("describe", {}),
    wantsRemote(input.config.feature.env) ? link.ask("env", {}) : null,
  ]));
  log.info(`agent ${description.version} on Linux ${description.kernel}`);
  if (description.version !== input.version) {
    stage.warn(`the agent is version ${description.version}, mirrord is ${input.version}: use equal ones`);
  }
  const hasTarget = description.targetPid !== null;
  return { description, variables: hasTarget && variables !== null ? parseVariables(variables.variables) : null };
}

async function withinTime<T>(answers: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const help = "Its log says why: look at it with `kubectl logs`, or start again.";
    late.reject(new MirrordError(`the agent gave no answer within ${answerTimeoutMs / 1000} s`, { help }));
  }, answerTimeoutMs);
  try {
    return await Promise.race([answers, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Talking with a container engine through its own command: the user's contexts, hosts and rights are known to that. */
import type { EngineKind } from "../../config/target_path.ts";
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { MirrordError } from "../error.ts";
import { childTunnel } from "./stream_tunnel.ts";

/** What we want to know of a container. */
export interface ContainerState {
  /** 64 hex digits. */
  id: string;
  running: boolean;
  /** `exited`, `paused`, … */
  status: string;
  /** As the engine's machine numbers it; 0 when not running. */
  pid: number;
}

/** An agent's socket inside a container of an engine. */
export interface EngineRelay {
  engine: EngineKind;
  container: string;
  socket: string;
}

export interface EngineAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the engine's command. @throws {MirrordError} when there is no such command */
export async function engineCommand(engine: EngineKind, args: string[], input?: Uint8Array): Promise<EngineAnswer> {
  const child = spawnEngine(engine, args, input === undefined ? "null" : "piped");
  const output = child.output();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    // A command that has ended early says why on its standard error.
    await writer.write(input).then(() => writer.close()).catch(() => {});
  }
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr).trim() };
}

/** The container with this name or id, or null. @throws {MirrordError} when the engine doesn't answer */
export async function inspectContainer(engine: EngineKind, name: string): Promise<ContainerState | null> {
  const { code, stdout, stderr } = await engineCommand(engine, ["container", "inspect", name]);
  if (code !== 0) {
    if (/no such (container|object)|no container with name/i.test(stderr)) return null;
    throw new MirrordError(`${engine} does not answer`, {
      cause: stderr,
      help: `Does \`${engine} ps\` work? Its service must run, and this user must be allowed to talk to it.`,
    });
  }
  const [found] = JSON.parse(stdout);
  return { id: found.Id, running: found.State.Running, status: found.State.Status, pid: found.State.Pid };
}

/** A tunnel into a container: a small program of the agent's image carries the bytes. */
export function dialThroughEngine({ engine, container, socket }: EngineRelay): Tunnel {
  return childTunnel(
    spawnEngine(engine, ["exec", "-i", container, "/mirrord/mirrord-agent", "dial", `@${socket}`], "piped"),
  );
}

function spawnEngine(engine: EngineKind, args: string[], stdin: "null" | "piped"): Deno.ChildProcess {
  try {
    return new Deno.Command(engine, { args, stdin, stdout: "piped", stderr: "piped" }).spawn();
  } catch (cause) {
    throw new MirrordError(`the command ${engine} could not be run`, { cause, help: `Is ${engine} installed?` });
  }
}

/** Container engines of the tests' own: nothing of the machine's is used or changed. */
import { capture, run, waitUntil } from "../../cluster/command.ts";

export interface Engine extends AsyncDisposable {
  kind: "docker" | "podman";
  /** What a user of this engine has set. */
  env: Record<string, string>;
  command(...words: string[]): Promise<string>;
  /** Flags of `run` that this machine needs. */
  runFlags: string[];
}

/** A Docker daemon in a network namespace of its own, with its state in one folder. */
export async function startDocker(): Promise<Engine> {
  await install("docker.io", "/usr/sbin/dockerd");
  const folder = await Deno.makeTempDir({ prefix: "mirrord-docker-" });
  // The name of a user's group decides who may talk to it; the folder must be passable for that.
  await Deno.chmod(folder, 0o755);
  const namespace = `mirrord-e2e-docker-${Deno.pid}`;
  await run(["ip", "netns", "add", namespace]);
  await run(["ip", "-n", namespace, "link", "set", "lo", "up"]);
  const socket = `unix://${folder}/docker.sock`;
  const daemon = new Deno.Command("nsenter", {
    args: [
      ...[`--net=/run/netns/${namespace}`, "dockerd", "--oom-score-adjust=0", `--host=${socket}`],
      ...[`--data-root=${folder}/data`, `--exec-root=${folder}/exec`, `--pidfile=${folder}/pid`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const env = { DOCKER_HOST: socket };
  const command = (...words: string[]) => run(["docker", ...words], { env, timeoutMs: 120_000 });
  const dispose = async () => {
    daemon.kill("SIGTERM");
    await daemon.status;
    await run(["ip", "netns", "delete", namespace]);
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await waitUntil("dockerd", 30_000, async () => (await capture(["docker", "version"], { env })).code === 0);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { kind: "docker", env, command, runFlags: [], [Symbol.asyncDispose]: dispose };
}

/** Podman has no daemon: a wrapper on PATH gives it a state of its own. */
export async function startPodman(): Promise<Engine> {
  await install("podman", "/usr/bin/podman");
  await install("runc", "/usr/sbin/runc");
  const folder = await Deno.makeTempDir({ prefix: "mirrord-podman-" });
  const flags =
    `--root ${folder}/root --runroot ${folder}/run --storage-driver vfs --runtime runc --cgroup-manager cgroupfs`;
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(`${folder}/bin/podman`, `#!/bin/sh\nexec /usr/bin/podman ${flags} "$@"\n`, { mode: 0o755 });
  const env = { PATH: `${folder}/bin:${Deno.env.get("PATH")}` };
  const command = (...words: string[]) => run([`${folder}/bin/podman`, ...words], { timeoutMs: 120_000 });
  return {
    kind: "podman",
    env,
    command,
    // Without CAP_SYS_RESOURCE podman may not raise limits to its own defaults.
    runFlags: ["--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"],
    async [Symbol.asyncDispose]() {
      await command("rm", "--all", "--force");
      // Layers are owned by the users of their containers; podman removes them itself.
      await command("system", "reset", "--force").catch(() => {});
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    },
  };
}

async function install(name: string, file: string): Promise<void> {
  if (await Deno.stat(file).catch(() => null)) return;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run(["apt-get", "update", "-qq"], { env, timeoutMs: 300_000 });
  const packages = ["install", "-y", "-qq", "--no-install-recommends", name];
  await run(["apt-get", ...packages], { env, timeoutMs: 300_000 });
}

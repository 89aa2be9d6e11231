/** A control group named as that of a container. */

export interface TestCgroup extends AsyncDisposable {
  add(pid: number): Promise<void>;
}

export async function inCgroup(containerId: string): Promise<TestCgroup> {
  const parent = `${await hierarchy()}/mirrord-agent-test-${Deno.pid}`;
  const folder = `${parent}/${containerId}`;
  await Deno.mkdir(folder, { recursive: true });
  return {
    add: (pid) => Deno.writeTextFile(`${folder}/cgroup.procs`, `${pid}`),
    async [Symbol.asyncDispose]() {
      for (const each of [folder, parent]) await removeWhenEmpty(each);
    },
  };
}

/** The unified hierarchy, or one of the old ones that needs no set-up. */
async function hierarchy(): Promise<string> {
  const mounts = (await Deno.readTextFile("/proc/mounts")).split("\n").map((line) => line.split(" "));
  const found = mounts.find(([, , type]) => type === "cgroup2") ??
    mounts.find(([, path, type]) => type === "cgroup" && path.endsWith("/pids"));
  if (found === undefined) throw new Error("no control groups are mounted");
  return found[1];
}

/** Processes leave their group a moment after they have ended. */
async function removeWhenEmpty(folder: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await Deno.remove(folder);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A target like a container: a process with a network, mounts, process numbers, host name and root of its own. */

export interface TestTarget extends AsyncDisposable {
  /** As this machine sees it. */
  pid: number;
  /** Its root directory, seen from here. What is written there is in the target. */
  root: string;
}

export interface TestTargetOptions {
  hostname?: string;
  variables?: Record<string, string>;
  /** Number of the user and group that the target's process runs as; root unless told. */
  user?: number;
  /** Shares the network of this process, as containers of a pod do. */
  networkOf?: number;
}

/** Its loopback and an address of its own (no route leads there from outside). */
export const targetAddress = "10.99.0.1";
export const targetAddressV6 = "fd99::1";

/** Runs as root of the new namespaces; `$1` is the root directory, the rest is what becomes the target. */
const script = `
set -e
root=$1; shift
[ -n "$TARGET_SHARES_NETWORK" ] || {
ip link set lo up
ip link add target0 type veth peer name outside0
ip address add ${targetAddress}/24 dev target0
ip -6 address add ${targetAddressV6}/64 dev target0 nodad
ip link set target0 up
ip link set outside0 up
}
hostname "$TARGET_HOSTNAME"
mount --bind "$root" "$root"
for folder in usr bin lib lib64 sbin; do
  [ -L /$folder ] && { cp -d /$folder "$root/$folder"; continue; }
  [ -d /$folder ] && { mkdir -p "$root/$folder"; mount --rbind /$folder "$root/$folder"; }
done
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/urandom" c 1 9
cd "$root"
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
echo started > /started
exec "$@"
`;

export async function startTarget(options: TestTargetOptions = {}): Promise<TestTarget> {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-agent-test-" });
  const root = `${folder}/root`;
  for (const name of ["etc", "proc", "dev", "tmp", "data"]) await Deno.mkdir(`${root}/${name}`, { recursive: true });
  await Deno.chmod(`${root}/tmp`, 0o1777);
  await Deno.chmod(root, 0o755);
  await Deno.chmod(folder, 0o755);
  const user = options.user ?? 0;
  const shares = options.networkOf !== undefined;
  const process = new Deno.Command(shares ? "nsenter" : "unshare", {
    args: [
      ...(shares ? [`--net=/proc/${options.networkOf}/ns/net`, "unshare"] : ["--net"]),
      ...["--uts", "--mount", "--pid", "--fork", "sh", "-c", script, "sh", root],
      ...["setpriv", "--reuid", `${user}`, "--regid", `${user}`, "--clear-groups"],
      ...["env", "-i", ...Object.entries(options.variables ?? {}).map(([name, value]) => `${name}=${value}`)],
      ...["sleep", "3600"],
    ],
    env: { TARGET_HOSTNAME: options.hostname ?? "target-host", TARGET_SHARES_NETWORK: shares ? "1" : "" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(() => exists(`${root}/started`), "the target's start");
  const pid = await until(() => childNamed(process.pid, "sleep"), "the target's process");
  return {
    pid,
    root,
    async [Symbol.asyncDispose]() {
      // As the first process of its pid namespace it takes all others with it, and `unshare` ends with it.
      killIfThere(pid);
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function childNamed(parent: number, name: string): Promise<number | null> {
  const children = await Deno.readTextFile(`/proc/${parent}/task/${parent}/children`);
  const pid = Number(children.trim().split(" ")[0]);
  if (!(pid > 0)) return null;
  return (await Deno.readTextFile(`/proc/${pid}/comm`)).trim() === name ? pid : null;
}

function killIfThere(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Asks again and again, for 10 s at most, until the answer is neither false nor null. */
export async function until<T>(ask: () => Promise<T | null | false>, what: string): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs a shell script among the target's files, processes and network, as root; answers its output. */
export async function inTarget(target: TestTarget, script: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("nsenter", {
    args: ["--all", "--target", `${target.pid}`, "sh", "-ec", script],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`in the target: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

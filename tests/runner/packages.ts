/** The Debian packages that tests need; installed when missing, so that a fresh machine can run the suite. */

/** Package → a file that shows it is there. */
const packages: Record<string, string> = {
  iproute2: "/usr/sbin/ip",
  nftables: "/usr/sbin/nft",
  "musl-tools": "/usr/bin/musl-gcc",
  curl: "/usr/bin/curl",
  procps: "/bin/ps",
  rsync: "/usr/bin/rsync",
  strace: "/usr/bin/strace",
  gdb: "/usr/bin/gdb",
  sudo: "/usr/bin/sudo",
  nginx: "/usr/sbin/nginx",
  "bind9-dnsutils": "/usr/bin/dig",
  "bind9-host": "/usr/bin/host",
  "busybox-static": "/bin/busybox",
  make: "/usr/bin/make",
  "gcc-multilib": "/usr/lib32/crt1.o",
  "liburing-dev": "/usr/include/liburing.h",
  "qemu-user-static": "/usr/bin/qemu-aarch64-static",
  "libc6-arm64-cross": "/usr/aarch64-linux-gnu/lib/libc.so.6",
};

/** Installs what is missing. Throws with apt's own words when that cannot be done. */
export function installPackages(): Promise<void> {
  return installDebian(packages);
}

/** Installs those that are missing of `wanted`: package → a file that shows it is there. */
export async function installDebian(wanted: Record<string, string>): Promise<void> {
  const missing: string[] = [];
  for (const [name, file] of Object.entries(wanted)) {
    if (!await Deno.stat(file).catch(() => null)) missing.push(name);
  }
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(", ")}`);
  await apt(["update", "-qq"]);
  await apt(["install", "-y", "-qq", "--no-install-recommends", ...missing]);
}

async function apt(args: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const { success, stderr } = await new Deno.Command("apt-get", { args, env, stdin: "null" }).output();
  if (!success) throw new Error(`apt-get ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}

/** The two network namespaces and the link between them. */
import { capture, killPid, run } from "./command.ts";
import { laptopAddress, laptopNamespace, linkPrefixLength, nodeAddress, nodeNamespace } from "./settings.ts";

/** Packets for elsewhere go to the laptop, which forwards none: Kubernetes wants a default route. */
export async function createNetwork(): Promise<void> {
  await ip("netns", "add", nodeNamespace);
  await ip("netns", "add", laptopNamespace);
  await ip(
    "-n",
    nodeNamespace,
    "link",
    "add",
    "lap0",
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    laptopNamespace,
  );
  for (
    const [namespace, device, address] of [[nodeNamespace, "lap0", nodeAddress], [
      laptopNamespace,
      "eth0",
      laptopAddress,
    ]]
  ) {
    await ip("-n", namespace!, "link", "set", "lo", "up");
    await ip("-n", namespace!, "addr", "add", `${address}/${linkPrefixLength}`, "dev", device!);
    await ip("-n", namespace!, "link", "set", device!, "up");
  }
  await ip("-n", nodeNamespace, "route", "add", "default", "via", laptopAddress);
  await run([...inNamespace(nodeNamespace), "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  // Not there when the kernel has no bridge filter; then bridged packets between pods pass anyway.
  await capture([...inNamespace(nodeNamespace), "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"]);
}

/**
 * Removes what is there, with the programs that still run on the laptop's side. The kernel frees links, addresses and packet
 * filters with the namespaces.
 */
export async function removeNetwork(): Promise<void> {
  for (const namespace of [nodeNamespace, laptopNamespace]) {
    if (!await namespaceExists(namespace)) continue;
    await killMembers(namespace);
    await ip("netns", "del", namespace);
  }
}

async function killMembers(namespace: string): Promise<void> {
  const { ino } = await Deno.stat(`/run/netns/${namespace}`);
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    // Processes end while we look.
    const link = await Deno.readLink(`/proc/${name}/ns/net`).catch(() => "");
    if (link === `net:[${ino}]`) killPid(Number(name));
  }
}

export async function namespaceExists(name: string): Promise<boolean> {
  return await Deno.stat(`/run/netns/${name}`).then(() => true, () => false);
}

/** The start of a command line that runs the rest in a namespace. (`ip netns exec` would hide the cgroups.) */
export function inNamespace(name: string): string[] {
  return ["nsenter", `--net=/run/netns/${name}`, "--"];
}

async function ip(...command: string[]): Promise<void> {
  await run(["ip", ...command], { timeoutMs: 10_000 });
}

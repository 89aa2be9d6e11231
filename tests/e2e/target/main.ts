/**
 * The target of the end-to-end tests: a process in user, network, mount and host-name namespaces of its own. It offers the
 * services of `services.ts`, and does in its own network what a line of JSON on stdin asks for (`orders.ts`).
 */
import { serveDatagrams } from "./datagrams.ts";
import { serveNames } from "./names.ts";
import { obey } from "./orders.ts";
import { serve, servePackets, serveUnix } from "./services.ts";
import { address, echoDatagramPorts, highPort, hostName, publicPort, secondPort, target } from "./scene.ts";

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Files with known contents, owners and times, beneath a file system of this process alone. */
async function furnish(): Promise<void> {
  await run("hostname", hostName);
  await run("ip", "link", "set", "lo", "up");
  await run("ip", "address", "add", `${address}/32`, "dev", "lo");
  await run("mount", "-t", "tmpfs", "mirrord-test", "/srv");
  await Deno.writeTextFile(target.file, target.content);
  await Deno.utime(target.file, target.modifiedSeconds, target.modifiedSeconds);
  await Deno.chmod(target.file, 0o640);
  await Deno.mkdir(`${target.directory}/below`, { recursive: true });
  for (const name of target.entries) await Deno.writeTextFile(`${target.directory}/${name}`, name);
  await Deno.symlink(target.file, target.link);
  await Deno.writeFile(target.largeFile, largeContent());
  await Deno.writeTextFile("/srv/hosts", `127.0.0.1 localhost\n${address} ${target.serviceName}\n`);
  await run("mount", "--bind", "/srv/hosts", "/etc/hosts");
  const resolver = `nameserver ${address}\nsearch e2e.internal\noptions timeout:1 attempts:2\n`;
  await Deno.writeTextFile("/srv/resolv.conf", resolver);
  await run("mount", "--bind", "/srv/resolv.conf", await Deno.realPath("/etc/resolv.conf"));
}

/** 16 MiB that are no repetition of one block. */
function largeContent(): Uint8Array {
  const words = new Uint32Array(4 << 20);
  for (let index = 0, value = 1; index < words.length; index++) {
    words[index] = value = (value * 1664525 + 1013904223) >>> 0;
  }
  return new Uint8Array(words.buffer);
}

/** The servers that Deno has no means for. They end with this process, which holds their standard input. */
async function startPeers(): Promise<Deno.ChildProcess> {
  const program = new URL("../../apps/python/peers.py", import.meta.url).pathname;
  const ports = [echoDatagramPorts.join(","), String(highPort)];
  const peers = new Deno.Command("python3", {
    args: [program, address, ...ports, target.streamSocket, target.packetSocket],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await peers.stdout.getReader().read();
  return peers;
}

await furnish();
const peers = await startPeers();
serve([publicPort, secondPort]);
await serveDatagrams();
await serveNames();
serveUnix();
const packets = await servePackets();
console.log(JSON.stringify({ ready: true }));
await obey(Deno.stdin.readable);
await peers.stdin.close();
await peers.status;
await packets.stdin.close();
Deno.exit(0);

/** The images of the test cluster, packed from local files: nothing is pulled. */
import { buildImage, type ImageEntry } from "../../cli/image/archive.ts";
import { pauseImage } from "./components.ts";
import { run } from "./command.ts";
import type { Programs } from "./programs.ts";
import { containerdSocket, stateFolder } from "./settings.ts";

export const dnsImage = "docker.io/mirrord-test/coredns:1";
/** `context_server` as the entry point, with a shell and files whose owner and times are known. */
export const targetImage = "docker.io/mirrord-test/target:1";

/** What every target's image holds, for tests to compare with. */
export const targetFiles = {
  greeting: { path: "/srv/data/greeting.txt", content: "hello from the target\n", uid: 1234, gid: 4321, mode: 0o640 },
  link: { path: "/srv/data/link", target: "greeting.txt" },
  modified: new Date("2001-02-03T04:05:06Z"),
} as const;

/** Makes the images and hands them to the node's container runtime. */
export async function importTestImages(programs: Programs): Promise<void> {
  const busybox = await Deno.readFile("/bin/busybox");
  await importImage(pauseImage, ["/bin/busybox", "sleep", "infinity"], [file("bin/busybox", busybox)]);
  await importImage(targetImage, ["/bin/context_server"], await targetEntries(programs, busybox));
  await importImage(dnsImage, ["/coredns"], [file("coredns", await Deno.readFile(programs.coredns))]);
}

/** Hands a tar to the container runtime. */
export async function importImageFile(path: string): Promise<void> {
  const ctr = ["ctr", "--address", containerdSocket, "--namespace", "k8s.io"];
  await run([...ctr, "images", "import", path], { timeoutMs: 120_000 });
}

async function importImage(reference: string, entrypoint: string[], entries: ImageEntry[]): Promise<void> {
  const path = `${stateFolder}/image.tar`;
  await Deno.writeFile(path, await buildImage({ reference, entrypoint, entries }));
  await importImageFile(path);
  await Deno.remove(path);
}

async function targetEntries(programs: Programs, busybox: Uint8Array): Promise<ImageEntry[]> {
  const { greeting, link, modified } = targetFiles;
  const applets = ["sh", "cat", "ls", "stat", "ps", "sleep", "wget", "nslookup", "nc", "ip", "kill"];
  return [
    file("bin/context_server", await Deno.readFile(programs.contextServer)),
    file("bin/busybox", busybox),
    ...applets.map((name): ImageEntry => ({ name: `bin/${name}`, mode: 0o777, link: "busybox" })),
    { name: "tmp", mode: 0o1777 },
    file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nshop:x:1234:4321:shop:/srv:/bin/sh\n", 0o644),
    file("etc/group", "root:x:0:\nshop:x:4321:\n", 0o644),
    { name: "srv", mode: 0o755 },
    { name: "srv/data", mode: 0o755, uid: greeting.uid, gid: greeting.gid, modified },
    {
      ...file(greeting.path.slice(1), greeting.content, greeting.mode),
      uid: greeting.uid,
      gid: greeting.gid,
      modified,
    },
    { name: link.path.slice(1), mode: 0o777, link: link.target },
  ];
}

function file(name: string, content: Uint8Array | string, mode = 0o755): ImageEntry {
  return { name, mode, content: typeof content === "string" ? new TextEncoder().encode(content) : content };
}

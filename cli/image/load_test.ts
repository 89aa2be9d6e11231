import assert from "node:assert/strict";
import type { MirrordError } from "../error.ts";
import { buildAgentImage } from "./agent_image.ts";
import { buildImage } from "./archive.ts";
import { loadCommand, loadImage } from "./load.ts";

Deno.test("each place is given the tar by its own command", () => {
  assert.deepEqual(loadCommand("docker", "/t", null), ["docker", "load", "--input", "/t"]);
  assert.deepEqual(loadCommand("containerd", "/t", null), ["ctr", "--namespace", "k8s.io", "images", "import", "/t"]);
  assert.deepEqual(loadCommand("kind", "/t", "c"), ["kind", "load", "image-archive", "/t", "--name", "c"]);
  assert.deepEqual(loadCommand("minikube", "/t", "p"), ["minikube", "image", "load", "/t", "--profile", "p"]);
  assert.deepEqual(loadCommand("k3d", "/t", null), ["k3d", "image", "import", "/t"]);
});

Deno.test("an installation without the agent's parts is named", async () => {
  await assert.rejects(
    loadImage("docker", { home: "/nowhere", compiled: null }, "x:1"),
    /the agent's image cannot be made/,
  );
});

/** A home with parts that are none, but can be packed. */
async function home(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-home-" });
  for (const name of ["mirrord-launcher", "agent.js"]) await Deno.writeTextFile(`${folder}/${name}`, name);
  await Deno.copyFile("/bin/true", `${folder}/deno`);
  return folder;
}

Deno.test("a command that isn't there, and one that refuses the image, are told", async () => {
  const [folder, commands, path] = [await home(), await Deno.makeTempDir(), Deno.env.get("PATH")!];
  const parts = { home: folder, compiled: null };
  await Deno.writeTextFile(`${commands}/minikube`, "#!/bin/sh\necho no cluster >&2; exit 1\n", { mode: 0o755 });
  Deno.env.set("PATH", `${commands}:/usr/bin:/bin`);
  try {
    await assert.rejects(loadImage("k3d", parts, "x:1"), /there is no command k3d/);
    await assert.rejects(loadImage("minikube", parts, "x:1"), (error: MirrordError) => {
      assert.match(error.message, /the image was not taken: minikube image load .*\.tar/);
      assert.equal(error.cause, "no cluster");
      return true;
    });
  } finally {
    Deno.env.set("PATH", path);
    for (const made of [folder, commands]) await Deno.remove(made, { recursive: true });
  }
});

Deno.test("a compiled file takes the places of Deno and the agent's script", async () => {
  const folder = await home();
  try {
    const split = new TextDecoder("latin1").decode(await buildAgentImage({ home: folder, compiled: null }, "x:1"));
    const compiled = new TextDecoder("latin1").decode(
      await buildAgentImage({ home: folder, compiled: "/bin/cat" }, "x:1"),
    );
    assert.deepEqual([split, compiled].map((tar) => tar.includes("mirrord/agent.js")), [true, false]);
    assert.deepEqual([split, compiled].map((tar) => tar.includes("MIRRORD_COMPILED=/mirrord/mirrord")), [false, true]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the same contents make the same image, in both layouts", async () => {
  const options = {
    reference: "x:1",
    entrypoint: ["/a"],
    entries: [{ name: "a", mode: 0o755, content: new Uint8Array([1]) }],
  };
  const [one, other] = await Promise.all([buildImage(options), buildImage(options)]);
  assert.deepEqual(one, other);
  const text = new TextDecoder("latin1").decode(one);
  for (const part of ["oci-layout", "index.json", "manifest.json", "docker.io/library/x:1"]) {
    assert.ok(text.includes(part), part);
  }
});

import assert from "node:assert/strict";
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
  await assert.rejects(loadImage("docker", "/nowhere", "x:1"), /the agent's image cannot be made/);
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

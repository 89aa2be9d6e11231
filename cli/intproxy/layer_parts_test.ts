import assert from "node:assert/strict";
import { mayExecuteOn, placeParts } from "./layer_parts.ts";

function withParts(work: (parts: { layer: string; supervisor: string }, folder: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "mirrord-parts-test-" });
  Deno.chmodSync(folder, 0o755);
  try {
    const home = `${folder}/home`;
    Deno.mkdirSync(home, { mode: 0o755 });
    for (const name of ["l.so", "s"]) Deno.writeTextFileSync(`${home}/${name}`, name, { mode: 0o755 });
    work({ layer: `${home}/l.so`, supervisor: `${home}/s` }, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("parts that all users can reach stay where they are", () => {
  withParts(({ layer, supervisor }, folder) => {
    const placed = placeParts({ layer, supervisor }, [`${folder}/session`]);
    assert.deepEqual(placed, { library: layer, supervisor });
    assert.throws(() => Deno.statSync(`${folder}/session`), Deno.errors.NotFound);
  });
});

Deno.test("parts in a folder that is closed to others are copied, readable for all", () => {
  withParts(({ layer, supervisor }, folder) => {
    Deno.chmodSync(`${folder}/home`, 0o700);
    const placed = placeParts({ layer, supervisor }, [`${folder}/session`]);
    assert.deepEqual(placed, {
      library: `${folder}/session/libmirrord_layer.so`,
      supervisor: `${folder}/session/mirrord-supervisor`,
    });
    assert.equal(Deno.readTextFileSync(placed.library), "l.so");
    assert.equal(Deno.statSync(placed.supervisor).mode! & 0o777, 0o755);
  });
});

Deno.test("a library whose path the loader would cut in two is copied", () => {
  withParts(({ layer, supervisor }, folder) => {
    const odd = `${folder}/home/with blank:and colon.so`;
    Deno.renameSync(layer, odd);
    const { library } = placeParts({ layer: odd, supervisor }, [`${folder}/session`]);
    assert.equal(library, `${folder}/session/libmirrord_layer.so`);
  });
});

Deno.test("a file system without execution is no place for them", () => {
  const mounts = [
    "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    "23 22 0:22 / /dev/shm rw,nosuid,nodev,noexec - tmpfs shm rw",
    "24 22 0:23 / /with\\040blank rw,noexec - tmpfs x rw",
    "",
  ].join("\n");
  assert.equal(mayExecuteOn("/dev/shm/mirrord-1", mounts), false);
  assert.equal(mayExecuteOn("/dev/shmx/mirrord-1", mounts), true);
  assert.equal(mayExecuteOn("/with blank/x", mounts), false);
  assert.equal(mayExecuteOn("/tmp", mounts), true);
});

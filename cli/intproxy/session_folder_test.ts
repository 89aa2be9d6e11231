import assert from "node:assert/strict";
import { makeSessionFolder } from "./session_folder.ts";

Deno.test("a session's folder can be entered by those who know a name, and is removed whole", () => {
  const parent = Deno.makeTempDirSync({ prefix: "mirrord-folder-test-" });
  try {
    const folder = makeSessionFolder("00ff", [`${parent}/missing`, parent]);
    assert.equal(folder.path, `${parent}/mirrord-00ff`);
    assert.equal(Deno.statSync(folder.path).mode! & 0o777, 0o711);
    assert.ok(folder.shadowFolder.startsWith(`${folder.path}/`));
    const file = folder.writeLayerConfig(new Uint8Array([1, 2]));
    assert.deepEqual(Deno.readFileSync(file), new Uint8Array([1, 2]));
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o644);
    for (const [isWriting, word] of [[true, 1], [false, 0]] as const) {
      folder.tellWriting(isWriting);
      assert.equal(Deno.readFileSync(file)[16], word);
    }
    assert.throws(() => makeSessionFolder("00ff", [parent]), Deno.errors.AlreadyExists);
    folder.remove();
    folder.remove();
    assert.deepEqual([...Deno.readDirSync(parent)], []);
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
});

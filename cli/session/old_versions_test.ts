import assert from "node:assert/strict";
import { removeOldVersions } from "./old_versions.ts";

const dayMs = 24 * 60 * 60_000;

/** A folder as the launcher leaves it, last used `days` ago. */
function version(parent: string, digit: string, days: number): string {
  const folder = `${parent}/${digit.repeat(16)}`;
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(`${folder}/deno`, digit);
  const used = new Date(Date.now() - days * dayMs);
  Deno.utimeSync(folder, used, used);
  return folder;
}

function names(parent: string): string[] {
  return [...Deno.readDirSync(parent)].map(({ name }) => name[0]!).sort();
}

Deno.test("versions that nobody has used for two weeks are removed, ours is marked as used", () => {
  const root = Deno.makeTempDirSync();
  try {
    const parent = `${root}/mirrord`;
    const home = version(parent, "a", 30);
    version(parent, "b", 13);
    version(parent, "c", 15);
    Deno.mkdirSync(`${parent}/notes`);
    removeOldVersions(home);
    assert.deepEqual(names(parent), ["a", "b", "n"]);
    assert.ok(Date.now() - Deno.statSync(home).mtime!.getTime() < 60_000);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("of many recent versions the last five are kept, and those of today", () => {
  const root = Deno.makeTempDirSync();
  try {
    const parent = `${root}/mirrord-cache-1000`;
    const folders = [..."123456789"].map((digit) => version(parent, digit, Number(digit) + 0.5));
    removeOldVersions(folders[8]!);
    assert.deepEqual(names(parent), ["1", "2", "3", "4", "9"]);
    const today = [..."bcdef"].map((digit) => version(parent, digit, 0.5));
    removeOldVersions(today[0]!);
    assert.deepEqual(names(parent), ["9", "b", "c", "d", "e", "f"]);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("a version of which a process runs stays", async () => {
  const root = Deno.makeTempDirSync();
  try {
    const parent = `${root}/mirrord`;
    const running = version(parent, "c", 90);
    Deno.copyFileSync("/bin/sleep", `${running}/mirrord-launcher`);
    const used = new Date(Date.now() - 90 * dayMs);
    Deno.utimeSync(running, used, used);
    await using stack = new AsyncDisposableStack();
    const child = new Deno.Command(`${running}/mirrord-launcher`, { args: ["60"] }).spawn();
    stack.defer(async () => {
      child.kill();
      await child.status;
    });
    removeOldVersions(version(parent, "a", 0));
    assert.deepEqual(names(parent), ["a", "c"]);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("a folder that was not unpacked has no neighbours to remove", () => {
  const root = Deno.makeTempDirSync();
  try {
    const neighbour = version(`${root}/dist`, "b", 90);
    removeOldVersions(version(`${root}/dist`, "a", 90));
    assert.ok(Deno.statSync(neighbour).isDirectory);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

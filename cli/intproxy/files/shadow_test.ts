import assert from "node:assert/strict";
import type { FileIdentity } from "../table.ts";
import { type RemoteEntry, Shadows } from "./shadow.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const entry = (name: string, type = 8): RemoteEntry => ({ name: bytes(name), type });

function withShadows(test: (shadows: Shadows, forgotten: FileIdentity[]) => void): void {
  const folder = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "mirrord-shadow-test-" });
  const forgotten: FileIdentity[] = [];
  const shadows = new Shadows(folder, (identity) => forgotten.push(identity));
  try {
    test(shadows, forgotten);
  } finally {
    shadows.close();
    Deno.removeSync(folder, { recursive: true });
  }
}

const names = (path: string) => [...Deno.readDirSync(path)].map((found) => found.name).sort();

Deno.test("a shadow has the names and types of the remote directory", () => {
  withShadows((shadows) => {
    const types = { fifo: 1, character: 2, directory: 4, block: 6, regular: 8, link: 10, socket: 12, unknown: 0 };
    const shadow = shadows.show(bytes("/srv"), Object.entries(types).map(([name, type]) => entry(name, type)));
    assert.deepEqual(names(shadow.path), Object.keys(types).sort());
    const typeOf = (name: string) => Deno.lstatSync(`${shadow.path}/${name}`);
    assert.ok(typeOf("fifo").isFifo && typeOf("character").isCharDevice && typeOf("directory").isDirectory);
    assert.ok(typeOf("block").isFile && typeOf("regular").isFile && typeOf("unknown").isFile);
    assert.ok(typeOf("link").isSymlink && typeOf("socket").isSocket);
    const info = Deno.statSync(shadow.path);
    assert.equal(shadow.identity.inode, BigInt(info.ino!));
    assert.equal(shadow.identity.device, BigInt(info.dev));
  });
});

Deno.test("names that are none, or lead out of the directory, are left out", () => {
  withShadows((shadows) => {
    const bad = ["", ".", "..", "../x", "/etc/passwd", "a/b", "nul\0", "n".repeat(256)];
    const shadow = shadows.show(bytes("/srv"), [...bad, "good", "n".repeat(255)].map((name) => entry(name)));
    assert.deepEqual(names(shadow.path), ["good", "n".repeat(255)]);
  });
});

Deno.test("a directory that is opened again keeps its shadow, brought up to date", () => {
  withShadows((shadows) => {
    const first = shadows.show(bytes("/srv"), [entry("stays"), entry("goes"), entry("turns"), entry("dir", 4)]);
    const second = shadows.show(bytes("/srv"), [entry("stays"), entry("turns", 4), entry("comes")]);
    assert.deepEqual(second, first);
    assert.deepEqual(names(second.path), ["comes", "stays", "turns"]);
    assert.ok(Deno.lstatSync(`${second.path}/turns`).isDirectory);
  });
});

Deno.test("names that are not UTF-8 are kept", () => {
  withShadows((shadows) => {
    const shadow = shadows.show(bytes("/srv"), [{ name: new Uint8Array([0x66, 0xff, 0xfe]), type: 8 }]);
    assert.equal(names(shadow.path).length, 1);
    assert.deepEqual(shadows.show(bytes("/srv"), []), shadow);
    assert.equal(names(shadow.path).length, 0);
  });
});

Deno.test("10 000 entries are shown in less than half a second", () => {
  withShadows((shadows) => {
    const many = Array.from({ length: 10_000 }, (_, index) => entry(`entry-${index}`, index % 10 === 0 ? 4 : 8));
    const start = performance.now();
    const shadow = shadows.show(bytes("/big"), many);
    assert.ok(performance.now() - start < 500);
    assert.equal(names(shadow.path).length, 10_000);
  });
});

Deno.test("the shadows opened longest ago are emptied when there are too many entries", () => {
  withShadows((shadows, forgotten) => {
    const many = Array.from({ length: 100_000 }, (_, index) => entry(`${index}`));
    const first = shadows.show(bytes("/1"), many);
    const second = shadows.show(bytes("/2"), many);
    shadows.show(bytes("/3"), many);
    assert.deepEqual(forgotten, [first.identity]);
    assert.throws(() => Deno.statSync(first.path), Deno.errors.NotFound);
    assert.equal(names(second.path).length, 100_000);
  });
});

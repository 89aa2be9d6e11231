import assert from "node:assert/strict";
import type { FileIdentity } from "../table.ts";
import type { RemoteEntry } from "./shadow.ts";
import { Shadows } from "./shadows.ts";

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

const text = (path: Uint8Array) => new TextDecoder().decode(path);
const names = (path: Uint8Array) => [...Deno.readDirSync(text(path))].map((found) => found.name).sort();

Deno.test("a shadow has the names and types of the remote directory", () => {
  withShadows((shadows) => {
    const types = { fifo: 1, character: 2, directory: 4, block: 6, regular: 8, link: 10, socket: 12, unknown: 0 };
    const shadow = shadows.show(bytes("/srv"), Object.entries(types).map(([name, type]) => entry(name, type)));
    assert.deepEqual(names(shadow.path), Object.keys(types).sort());
    const typeOf = (name: string) => Deno.lstatSync(`${text(shadow.path)}/${name}`);
    assert.ok(typeOf("fifo").isFifo && typeOf("character").isCharDevice && typeOf("directory").isDirectory);
    assert.ok(typeOf("block").isFile && typeOf("regular").isFile && typeOf("unknown").isFile);
    assert.ok(typeOf("link").isSymlink && typeOf("socket").isSocket);
    const info = Deno.statSync(text(shadow.path));
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
    assert.ok(Deno.lstatSync(`${text(second.path)}/turns`).isDirectory);
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
    assert.throws(() => Deno.statSync(text(first.path)), Deno.errors.NotFound);
    assert.equal(names(second.path).length, 100_000);
  });
});

Deno.test("a shadow lies under its name at the target, and moves with it", () => {
  withShadows((shadows, forgotten) => {
    const nameOf = (shadow: { path: Uint8Array }) => text(shadow.path).replace(/^.*?test-[^/]+\/\d+/, "");
    assert.equal(nameOf(shadows.show(bytes("/"), [])), "");
    const above = shadows.show(bytes("/srv"), [entry("a", 4), entry("file")]);
    const deep = shadows.show(bytes("/srv/a/b"), [entry("x")]);
    assert.deepEqual([nameOf(above), nameOf(deep)], ["/srv", "/srv/a/b"]);
    const left = deep.path;
    shadows.renamed(bytes("/srv/a"), bytes("/srv/c/"));
    const moved = shadows.enter(bytes("/srv/c/b"));
    assert.deepEqual(moved.identity, deep.identity);
    assert.equal(nameOf(moved), "/srv/c/b");
    assert.deepEqual(names(moved.path), ["x"]);
    assert.deepEqual(names(above.path), ["c", "file"]);
    assert.throws(() => Deno.statSync(text(left)), Deno.errors.NotFound);
    shadows.removed(bytes("/srv/c/b"));
    assert.throws(() => Deno.statSync(text(moved.path)), Deno.errors.NotFound);
    assert.deepEqual(forgotten, [deep.identity]);
  });
});

Deno.test("two directories that are exchanged keep what stands in them", () => {
  withShadows((shadows) => {
    const above = shadows.show(bytes("/srv"), [entry("a", 4), entry("b")]);
    const one = shadows.show(bytes("/srv/a"), [entry("one")]);
    shadows.renamed(bytes("/srv/a"), bytes("/srv/b"), true);
    assert.deepEqual(shadows.enter(bytes("/srv/b")).identity, one.identity);
    const typeOf = (name: string) => Deno.lstatSync(`${text(above.path)}/${name}`).isDirectory;
    assert.deepEqual([typeOf("a"), typeOf("b")], [false, true]);
  });
});

Deno.test("what somebody has open or stands in is not removed for want of room", async () => {
  await using cleanup = new AsyncDisposableStack();
  withShadows((shadows, forgotten) => {
    const many = Array.from({ length: 100_000 }, (_, index) => entry(`${index}`));
    const first = shadows.show(bytes("/1"), many);
    using opened = Deno.openSync(text(first.path));
    const standing = new Deno.Command("sleep", { args: ["20"], cwd: text(shadows.enter(bytes("/2")).path) }).spawn();
    cleanup.defer(async () => {
      standing.kill();
      await standing.status;
    });
    const unused = shadows.show(bytes("/3"), many);
    shadows.show(bytes("/4"), many);
    assert.deepEqual(forgotten, [unused.identity]);
    assert.equal(names(first.path).length, 100_000);
    assert.equal(opened.statSync().isDirectory, true);
  });
});

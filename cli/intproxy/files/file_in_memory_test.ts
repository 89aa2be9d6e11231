import assert from "node:assert/strict";
import type { Stat } from "../table.ts";
import type { Editor, Operation } from "./editor.ts";
import { FileInMemory } from "./file_in_memory.ts";

const moment = { seconds: 0n, nanoseconds: 0 };
const stat: Stat = {
  ...{ device: 1n, inode: 2n, mode: 0o100644, links: 1, uid: 0, gid: 0, specialDevice: 0n, size: 0n },
  ...{ blockSize: 4096, blocks: 0n, accessed: moment, modified: moment, changed: moment, born: null },
};

/** A target's file that does what it is told, or fails. */
class FakeEditor {
  content = new Uint8Array();
  operations: Operation[] = [];
  failWith = 0;
  isBroken = false;

  perform(operation: Operation): Promise<Stat | number> {
    this.operations.push(operation);
    if (this.failWith !== 0) return Promise.resolve(this.failWith);
    if ("write" in operation) this.#put(operation.write.bytes, Number(operation.write.offset));
    if ("append" in operation) this.#put(operation.append.bytes, this.content.length);
    if ("change" in operation && "truncate" in operation.change) {
      const content = new Uint8Array(Number(operation.change.truncate.size));
      content.set(this.content.subarray(0, content.length));
      this.content = content;
    }
    return Promise.resolve(stat);
  }

  close(): void {}

  #put(bytes: Uint8Array, offset: number): void {
    const content = new Uint8Array(Math.max(this.content.length, offset + bytes.length));
    content.set(this.content);
    content.set(bytes, offset);
    this.content = content;
  }
}

/** `isAppending`: the program opened it with O_APPEND. */
async function withFile(
  test: (file: FileInMemory, target: FakeEditor, program: Deno.FsFile) => Promise<void>,
  isAppending = false,
): Promise<void> {
  const file = new FileInMemory(new Uint8Array(), stat, Infinity);
  const target = new FakeEditor();
  file.startEditing(target as unknown as Editor, isAppending);
  using program = Deno.openSync(file.watchedPath, { read: true, write: true });
  try {
    await test(file, target, program);
  } finally {
    file.close();
  }
}

function contentOf(file: FileInMemory): Uint8Array {
  const bytes = new Uint8Array(file.memory.size);
  file.memory.read(bytes, 0);
  return bytes;
}

Deno.test("whatever a program writes, the target has it after a flush, and nothing is sent twice", async () => {
  await withFile(async (file, target, program) => {
    let seed = 1;
    const below = (limit: number) => (seed = (seed * 1103515245 + 12345) >>> 0) % limit;
    for (let round = 0; round < 150; round++) {
      for (let step = below(4); step >= 0; step--) {
        if (below(5) === 0) program.truncateSync(below(40_000));
        program.seekSync(below(60_000), Deno.SeekMode.Start);
        program.writeSync(new Uint8Array(below(9000)).fill(below(256)));
      }
      assert.equal(await file.flush(true), 0);
      assert.deepEqual(target.content, contentOf(file), `round ${round}`);
    }
    await file.flush(true);
    const sent = target.operations.length;
    assert.equal(await file.flush(true), 0);
    assert.equal(target.operations.length, sent);
  });
});

Deno.test("one changed byte costs one block, and a hole no more than a page", async () => {
  await withFile(async (file, target, program) => {
    program.writeSync(new Uint8Array(300_000).fill(7));
    await file.flush(true);
    target.operations = [];
    program.seekSync(100_000, Deno.SeekMode.Start);
    program.writeSync(new Uint8Array([1]));
    program.truncateSync(50 << 20);
    await file.flush(true);
    const [first, ...rest] = target.operations;
    assert.ok("write" in first! && first.write.bytes.length === 4096 && first.write.offset === 98_304n);
    // The rest of the last page of memory is no hole.
    const sent = rest.reduce((sum, each) => sum + ("write" in each ? each.write.bytes.length : 0), 0);
    assert.ok(sent < 4096);
    assert.deepEqual(rest.at(-1), { change: { truncate: { size: BigInt(50 << 20) } } });
  });
});

Deno.test("what could not be written is tried again, as long as it takes", async () => {
  await withFile(async (file, target, program) => {
    program.writeSync(new Uint8Array(700_000).fill(3));
    target.failWith = 28;
    assert.equal(await file.flush(true), 28);
    assert.ok(file.isDirty);
    assert.equal(file.failure, 28);
    target.failWith = 0;
    assert.equal(await file.flush(true), 0);
    assert.deepEqual(target.content, contentOf(file));
    assert.ok(!file.isDirty);
  });
});

Deno.test("who only appends sends appends, and compares nothing", async () => {
  await withFile(async (file, target, program) => {
    target.content = new TextEncoder().encode("of others ");
    for (const word of ["one ", "two ", "three"]) {
      program.writeSync(new TextEncoder().encode(word));
      file.suspect();
      await file.flush(true);
    }
    assert.equal(new TextDecoder().decode(target.content), "of others one two three");
  }, true);
});

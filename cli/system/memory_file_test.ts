import assert from "node:assert/strict";
import { MemoryFile } from "./memory_file.ts";

const name = new TextEncoder().encode("name.txt");

function withMemory(test: (memory: MemoryFile) => void): void {
  const memory = MemoryFile.create(name, 0o755);
  try {
    test(memory);
  } finally {
    memory.close();
  }
}

Deno.test("memory is opened by its path with any access mode, and is one file", () => {
  withMemory((memory) => {
    using opened = Deno.openSync(memory.path, { read: true, write: true });
    opened.writeSync(new TextEncoder().encode("content"));
    assert.equal(memory.size, 7);
    const bytes = new Uint8Array(4);
    assert.equal(memory.read(bytes, 3), 4);
    assert.equal(new TextDecoder().decode(bytes), "tent");
    const { ino, mode } = opened.statSync();
    assert.equal(memory.identity.inode, BigInt(ino!));
    assert.equal(mode! & 0o111, 0o111);
  });
});

Deno.test("whether anybody else can write is known exactly", () => {
  withMemory((memory) => {
    assert.equal(memory.hasWriters(), false);
    const reader = Deno.openSync(memory.path);
    assert.equal(memory.hasWriters(), false);
    const writer = Deno.openSync(memory.path, { write: true });
    assert.equal(memory.hasWriters(), true);
    writer.close();
    reader.close();
    assert.equal(memory.hasWriters(), false);
  });
});

Deno.test("holes are told from data", () => {
  withMemory((memory) => {
    const writer = memory.writer();
    writer.resize(10 << 20);
    writer.write(new Uint8Array(10).fill(1), 5 << 20);
    writer.close();
    assert.deepEqual(memory.nextData(0), { begin: 5 << 20, end: (5 << 20) + 4096 });
    assert.equal(memory.nextData(6 << 20), null);
  });
});

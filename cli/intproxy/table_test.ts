import assert from "node:assert/strict";
import { mapped, type SocketAddress } from "../system/address.ts";
import { SessionTable, type Stat } from "./table.ts";

const v4 = (text: string, port: number): SocketAddress => ({
  v4: { address: new Uint8Array(text.split(".").map(Number)), port },
});
const bytes = (text: string) => new TextEncoder().encode(text);
const moment = { seconds: 1n, nanoseconds: 2 };
const stat: Stat = {
  device: 1n,
  inode: 2n,
  mode: 0o100644,
  links: 1,
  uid: 0,
  gid: 0,
  specialDevice: 0n,
  size: 3n,
  blockSize: 4096,
  blocks: 8n,
  accessed: moment,
  modified: moment,
  changed: moment,
  born: null,
};

Deno.test("a bound socket is named as the program asked, with the kernel's port for port 0", () => {
  const table = new SessionTable();
  table.updateSocket(1n, { bound: { requested: v4("10.0.0.1", 80), actual: v4("127.0.0.1", 4000) } });
  table.updateSocket(2n, { bound: { requested: v4("10.0.0.1", 0), actual: v4("127.0.0.1", 4001) } });
  assert.deepEqual(table.socketName(1n, false, v4("127.0.0.1", 4000)), v4("10.0.0.1", 80));
  assert.deepEqual(table.socketName(2n, false, v4("127.0.0.1", 4001)), v4("10.0.0.1", 4001));
  assert.equal(table.socketName(1n, true, v4("127.0.0.1", 4000)), null);
  assert.equal(table.socketName(3n, false, v4("127.0.0.1", 4000)), null);
});

Deno.test("a connected socket has both names, in the family the program uses", () => {
  const table = new SessionTable();
  table.updateSocket(1n, { connected: { local: v4("10.0.0.1", 80), peer: v4("10.0.0.9", 5000) } });
  const actual = v4("127.0.0.1", 1);
  assert.deepEqual(table.socketName(1n, true, actual), v4("10.0.0.9", 5000));
  assert.deepEqual(table.socketName(1n, false, mapped(actual)), mapped(v4("10.0.0.1", 80)));
  table.forgetSocket(1n);
  assert.equal(table.socketName(1n, true, actual), null);
});

Deno.test("a failure is told once", () => {
  const table = new SessionTable();
  table.updateSocket(1n, { failure: 111 });
  assert.equal(table.takeFailure(1n), 111);
  assert.equal(table.takeFailure(1n), 0);
});

Deno.test("resolve() joins a path to the directory it starts from", () => {
  const table = new SessionTable();
  const directory = { device: 5n, inode: 7n };
  table.setFile(directory, { path: bytes("/srv/data"), stat });
  table.setFile({ device: 5n, inode: 8n }, { path: bytes("/"), stat });
  const resolve = (path: string, at: typeof directory | null) => {
    const resolved = table.resolve({ directory: at, path: bytes(path) });
    return resolved === null ? null : new TextDecoder().decode(resolved);
  };
  assert.equal(resolve("a/b", directory), "/srv/data/a/b");
  assert.equal(resolve("etc", { device: 5n, inode: 8n }), "/etc");
  assert.equal(resolve("", directory), "/srv/data");
  assert.equal(resolve("/abs", directory), "/abs");
  assert.equal(resolve("/abs", null), "/abs");
  assert.equal(resolve("a", { device: 5n, inode: 9n }), null);
});

Deno.test("the table of files is bounded", () => {
  const table = new SessionTable();
  for (let inode = 0n; inode < 40_000n; inode++) table.setFile({ device: 1n, inode }, { path: bytes("/x"), stat });
  assert.equal(table.file({ device: 1n, inode: 0n }), undefined);
  assert.notEqual(table.file({ device: 1n, inode: 39_999n }), undefined);
});

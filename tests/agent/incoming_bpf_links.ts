/** The BPF links that hold programs to a network namespace. */
import assert from "node:assert/strict";

const libc = Deno.dlopen("libc.so.6", {
  syscall: { parameters: ["i64", "i32", "buffer", "u32"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
}).symbols;
const BPF = BigInt({ x86_64: 321, aarch64: 280 }[Deno.build.arch]);
const [OBJECT_INFO, LINK_FD_BY_ID, LINK_NEXT_ID] = [15, 30, 31];
const LINK_TYPE_NETNS = 5;
const LINKS_MAX = 10_000;

function bpf(command: number, attributes: DataView<ArrayBuffer>): number {
  return Number(libc.syscall(BPF, command, new Uint8Array(attributes.buffer), attributes.byteLength));
}

/** How many links tie a program to the namespace with this inode. */
export function linksOf(inode: number): number {
  let links = 0;
  const next = new DataView(new ArrayBuffer(12));
  for (let seen = 0; seen < LINKS_MAX && bpf(LINK_NEXT_ID, next) === 0; seen++) {
    const id = next.getUint32(4, true);
    if (namespaceOf(id) === inode) links++;
    next.setUint32(0, id, true);
  }
  return links;
}

/** Null for other kinds of links, and for one that has gone meanwhile. */
function namespaceOf(id: number): number | null {
  const request = new DataView(new ArrayBuffer(12));
  request.setUint32(0, id, true);
  const fd = bpf(LINK_FD_BY_ID, request);
  if (fd < 0) return null;
  const info = new DataView(new ArrayBuffer(64));
  const query = new DataView(new ArrayBuffer(16));
  query.setUint32(0, fd, true);
  query.setUint32(4, info.byteLength, true);
  query.setBigUint64(8, BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(new Uint8Array(info.buffer)))), true);
  assert.equal(bpf(OBJECT_INFO, query), 0);
  libc.close(fd);
  return info.getUint32(0, true) === LINK_TYPE_NETNS ? info.getUint32(16, true) : null;
}

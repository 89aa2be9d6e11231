/** What statfs(2) tells of the target's file systems. */
import type { Infer } from "../../protocol/schema.ts";
import type { FilesystemStat as FilesystemStatSchema } from "../../protocol/layer/messages.ts";

export type FilesystemStat = Infer<typeof FilesystemStatSchema>;

/** File systems whose answers come from elsewhere: a call may hang. By their magic numbers (statfs(2)). */
const remote = new Set([
  0x6969n,
  0x65735546n,
  0x517bn,
  0xff534d42n,
  0xfe534d42n,
  0x01021997n,
  0x00c36400n,
  0x5346414fn,
]);

export function parseFilesystem(raw: Uint8Array<ArrayBuffer>): FilesystemStat {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const word = (index: number) => view.getBigUint64(index * 8, true);
  return {
    type: word(0),
    blockSize: word(1),
    blocks: word(2),
    blocksFree: word(3),
    blocksAvailable: word(4),
    files: word(5),
    filesFree: word(6),
    // Word 7 is the file system's id, which means nothing outside its machine.
    nameLimit: word(8),
    fragmentSize: word(9),
    flags: word(10),
  };
}

/** Whether calls to this file system (NFS, FUSE, SMB, 9P, Ceph, AFS) may wait for another machine or program. */
export function mayHang(filesystem: FilesystemStat): boolean {
  return remote.has(filesystem.type);
}

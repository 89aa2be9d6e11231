import assert from "node:assert/strict";
import { parseMounts } from "./lanes.ts";

Deno.test("parseMounts tells which file systems may hang", () => {
  const table = [
    "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
    "30 22 0:50 / /data/nfs rw,relatime shared:1 - nfs4 server:/export rw",
    "31 22 0:51 / /mnt/with\\040blank rw - fuse.sshfs me@there: rw",
    "32 22 0:52 / /proc rw - proc proc rw",
    "33 22 0:53 / /over rw master:2 - overlay overlay rw",
    "",
  ].join("\n");
  assert.deepEqual(parseMounts(table), [
    { id: 22, point: "/", isRemote: false },
    { id: 30, point: "/data/nfs/", isRemote: true },
    { id: 31, point: "/mnt/with blank/", isRemote: true },
    { id: 32, point: "/proc/", isRemote: false },
    { id: 33, point: "/over/", isRemote: false },
  ]);
});

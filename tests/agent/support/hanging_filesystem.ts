/**
 * Mounts a file system in a target whose every call hangs, as a network file system does when its server has gone: FUSE
 * with a server that never answers. Lives until it is killed; then the calls fail.
 *
 *   deno run -A hanging_filesystem.ts TARGET-PID PATH
 */
import { pathArgument, syscall } from "../../../agent/system/syscall.ts";

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const AT_FDCWD = -100;
const O_RDWR = 2;

function main([pid, path]: string[]): void {
  const libc = Deno.dlopen("libc.so.6", {
    unshare: { parameters: ["i32"], result: "i32" },
    mount: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  }).symbols;
  const server = checked("open /dev/fuse", syscall("openat", AT_FDCWD, text("/dev/fuse"), O_RDWR, 0));
  const mounts = checked("open the mounts", syscall("openat", AT_FDCWD, text(`/proc/${pid}/ns/mnt`), 0, 0));
  // Only a thread that shares its root directory with no other may change its mounts.
  checked("unshare", libc.unshare(CLONE_FS));
  checked("setns", syscall("setns", mounts, CLONE_NEWNS));
  const options = text(`fd=${server},rootmode=40000,user_id=0,group_id=0,allow_other`);
  checked("mount", libc.mount(text("hanging"), text(path), text("fuse"), 0n, options));
  console.log("mounted");
}

function text(value: string): Uint8Array<ArrayBuffer> {
  return pathArgument(new TextEncoder().encode(value))!;
}

function checked(what: string, result: number): number {
  if (result < 0) throw new Error(`${what}: ${result}`);
  return result;
}

main(Deno.args);
setInterval(() => {}, 60_000);

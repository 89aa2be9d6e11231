/**
 * System calls with the kernel's own answer: the result, or the errno as a negative number.
 *
 * The C library keeps errno in a variable of the calling thread, which is out of reach when a call ran on another thread
 * (so that it may block). A page with the few instructions of a bare system call has no such trouble: its return value is
 * the kernel's.
 */
import { libc } from "./libc.ts";

/** Numbers, or buffers whose address is meant. A buffer is kept alive until the call returns. */
export type Argument = number | bigint | Uint8Array<ArrayBuffer>;

const PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const PAGE_BYTES = 4096;

/** `long syscall(number, a, b, c, d, e, f)` by the C calling convention, without the errno of libc's function. */
const machineCode = {
  // mov rax,rdi; mov rdi,rsi; mov rsi,rdx; mov rdx,rcx; mov r10,r8; mov r8,r9; mov r9,[rsp+8]; syscall; ret
  x86_64: Uint8Array.of(
    ...[0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x48, 0x89, 0xca],
    ...[0x4d, 0x89, 0xc2, 0x4d, 0x89, 0xc8, 0x4c, 0x8b, 0x4c, 0x24, 0x08, 0x0f, 0x05, 0xc3],
  ),
  // mov x8,x0; mov x0,x1; … mov x5,x6; svc #0; ret
  aarch64: new Uint8Array(
    Uint32Array.of(
      ...[0xaa0003e8, 0xaa0103e0, 0xaa0203e1, 0xaa0303e2, 0xaa0403e3, 0xaa0503e4, 0xaa0603e5],
      ...[0xd4000001, 0xd65f03c0],
    ).buffer,
  ),
}[Deno.build.arch];

const numbersByMachine = {
  x86_64: {
    ...{ read: 0, write: 1, close: 3, fcntl: 72, openat: 257, openat2: 437, readlinkat: 267, dup3: 292 },
    ...{ statx: 332, fstatfs: 138, getdents64: 217, faccessat2: 439, eventfd2: 290 },
    ...{ socket: 41, connect: 42, accept4: 288, sendto: 44, recvfrom: 45, bind: 49, listen: 50 },
    ...{ getsockname: 51, getpeername: 52, setsockopt: 54, getsockopt: 55 },
    ...{ epoll_create1: 291, epoll_ctl: 233, epoll_pwait: 281 },
    ...{ setfsuid: 122, setfsgid: 123, getgroups: 115, setgroups: 116, capget: 125, capset: 126 },
    ...{ uname: 63, setns: 308, pidfd_open: 434 },
    ...{ pread64: 17, pwrite64: 18, fsync: 74, fdatasync: 75, truncate: 76, umask: 95 },
    ...{ mkdirat: 258, mknodat: 259, fchownat: 260, unlinkat: 263, linkat: 265, symlinkat: 266, fchmodat: 268 },
    ...{ utimensat: 280, renameat2: 316, setxattr: 188, getxattr: 191, listxattr: 194, removexattr: 197 },
    ...{ inotify_init1: 294, inotify_add_watch: 254, inotify_rm_watch: 255 },
  },
  aarch64: {
    ...{ read: 63, write: 64, close: 57, fcntl: 25, openat: 56, openat2: 437, readlinkat: 78, dup3: 24 },
    ...{ statx: 291, fstatfs: 44, getdents64: 61, faccessat2: 439, eventfd2: 19 },
    ...{ socket: 198, connect: 203, accept4: 242, sendto: 206, recvfrom: 207, bind: 200, listen: 201 },
    ...{ getsockname: 204, getpeername: 205, setsockopt: 208, getsockopt: 209 },
    ...{ epoll_create1: 20, epoll_ctl: 21, epoll_pwait: 22 },
    ...{ setfsuid: 151, setfsgid: 152, getgroups: 158, setgroups: 159, capget: 90, capset: 91 },
    ...{ uname: 160, setns: 268, pidfd_open: 434 },
    ...{ pread64: 67, pwrite64: 68, fsync: 82, fdatasync: 83, truncate: 45, umask: 166 },
    ...{ mkdirat: 34, mknodat: 33, fchownat: 54, unlinkat: 35, linkat: 37, symlinkat: 36, fchmodat: 53 },
    ...{ utimensat: 88, renameat2: 276, setxattr: 5, getxattr: 8, listxattr: 11, removexattr: 14 },
    ...{ inotify_init1: 26, inotify_add_watch: 27, inotify_rm_watch: 28 },
  },
};
const numbers = numbersByMachine[Deno.build.arch];
export type SystemCall = keyof typeof numbersByMachine.x86_64;

const page = codePage();
const signature = { parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i32" } as const;
const direct = new Deno.UnsafeFnPointer(page, signature);
const waiting = new Deno.UnsafeFnPointer(page, { ...signature, nonblocking: true });
/** The arguments of calls that other threads are in: what they point to must not be collected. */
const inFlight = new Set<Argument[]>();

/** Calls on this thread (2 µs): for what cannot block. Results are 32 bits wide. */
export function syscall(call: SystemCall, ...values: Argument[]): number {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = values.map(register);
  return direct.call(BigInt(numbers[call]), a, b, c, d, e, f);
}

/** Calls on a thread of a pool (some 20 µs), for what may block. It cannot be cancelled. */
export async function syscallWaiting(call: SystemCall, ...values: Argument[]): Promise<number> {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = values.map(register);
  inFlight.add(values);
  try {
    return await waiting.call(BigInt(numbers[call]), a, b, c, d, e, f);
  } finally {
    inFlight.delete(values);
  }
}

/** A zero-terminated copy of a path; null if it holds a zero byte itself. */
export function pathArgument(path: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (path.includes(0)) return null;
  const terminated = new Uint8Array(path.length + 1);
  terminated.set(path);
  return terminated;
}

function register(value: Argument): bigint {
  return BigInt(value instanceof Uint8Array ? Deno.UnsafePointer.value(Deno.UnsafePointer.of(value)) : value);
}

function codePage(): Deno.PointerObject<typeof signature> {
  const address = libc.mmap(null, BigInt(PAGE_BYTES), PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0n);
  if (address === null || Deno.UnsafePointer.value(address) === 0xffff_ffff_ffff_ffffn) {
    throw new Error("no memory for the system call page");
  }
  new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(address, PAGE_BYTES)).set(machineCode);
  if (libc.mprotect(address, BigInt(PAGE_BYTES), PROT_READ | PROT_EXEC) !== 0) {
    throw new Error("this system forbids executable memory");
  }
  return address as Deno.PointerObject<typeof signature>;
}

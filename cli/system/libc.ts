/**
 * The C library's functions that the internal proxy calls, all in one table. Only files of `cli/system/` import this:
 * everything else sees descriptors, addresses and bytes.
 *
 * Calls are synchronous (some 10 ns and the system call itself) unless their name ends in `Waiting`: those run on a thread
 * of their own, so they may block, but their errno is lost.
 */
const library = Deno.dlopen("libc.so.6", {
  __errno_location: { parameters: [], result: "pointer" },
  close: { parameters: ["i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  openatWaiting: { name: "openat", parameters: ["i32", "buffer", "i32", "u32"], result: "i32", nonblocking: true },
  closeWaiting: { name: "close", parameters: ["i32"], result: "i32", nonblocking: true },
  writeWaiting: { name: "write", parameters: ["i32", "buffer", "usize"], result: "i32", nonblocking: true },
  // Sockets. Byte counts stay below 2 GiB, so that an i32 holds them and no BigInt is made.
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "pointer", "pointer", "i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  recvfrom: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "buffer"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // Readiness.
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epollWaiting: { name: "epoll_wait", parameters: ["i32", "buffer", "i32", "i32"], result: "i32", nonblocking: true },
  // Files, relative to an open directory; names are bytes.
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  mkdirat: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mknodat: { parameters: ["i32", "buffer", "u32", "u64"], result: "i32" },
  linkat: { parameters: ["i32", "buffer", "i32", "buffer", "i32"], result: "i32" },
  symlinkat: { parameters: ["buffer", "i32", "buffer"], result: "i32" },
  renameat: { parameters: ["i32", "buffer", "i32", "buffer"], result: "i32" },
  utimensat: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  // Memory as files. Offsets are 64 bits wide; results of reads and writes stay below 2 GiB.
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  inotify_init1: { parameters: ["i32"], result: "i32" },
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  inotify_rm_watch: { parameters: ["i32", "i32"], result: "i32" },
  // System calls without a wrapper in older C libraries, one entry a signature; the first argument is the call's number.
  syscall2: { name: "syscall", parameters: ["i64", "i32", "u32"], result: "i64" },
  syscall3: { name: "syscall", parameters: ["i64", "i32", "i32", "u32"], result: "i64" },
  syscall4: { name: "syscall", parameters: ["i64", "i32", "i32", "pointer", "u32"], result: "i64" },
});

export const libc = library.symbols;

const errnoView = new Deno.UnsafePointerView(libc.__errno_location()!);

/** The errno of this thread's last failed synchronous call; ask before anything else is called. */
export function errno(): number {
  return errnoView.getInt32();
}

/** A failed system call: `call` is its name, `code` its errno. */
export class SystemError extends Error {
  override name = "SystemError";
  constructor(readonly call: string, readonly code: number) {
    super(`${call} failed with errno ${code}`);
  }
}

/** `result`, or a thrown `SystemError` when it is negative. */
export function check(call: string, result: number): number {
  if (result < 0) throw new SystemError(call, errno());
  return result;
}

/** A zero-terminated copy of `value` for the C library. */
export function cString(value: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const copy = new Uint8Array(bytes.length + 1);
  copy.set(bytes);
  return copy;
}

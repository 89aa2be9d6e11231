/**
 * The C library's functions that the agent calls, all in one table. Only files of `agent/system/` import this: everything
 * else sees descriptors, addresses and bytes.
 *
 * Calls are synchronous (some 10 ns): nothing here may block. What may is made with `syscallWaiting`.
 */
const library = Deno.dlopen("libc.so.6", {
  __errno_location: { parameters: [], result: "pointer" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  strerror: { parameters: ["i32"], result: "pointer" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  // Sockets.
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  // System calls without a wrapper, one entry a signature: the first argument is the call's number.
  syscallBpf: { name: "syscall", parameters: ["i64", "i32", "buffer", "u32"], result: "i64" },
});

export const libc = library.symbols;

const errnoView = new Deno.UnsafePointerView(libc.__errno_location()!);

/** The errno of this thread's last failed synchronous call; ask before anything else is called. */
export function errno(): number {
  return errnoView.getInt32();
}

/** A zero-terminated copy of `value` for the C library. */
export function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
}

/** The address of `bytes`, which the caller keeps alive as long as the kernel may look at it. */
export function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}

/** This process as the kernel sees it: becoming another program, and leaving the caller's session. */
import { cString } from "./c_string.ts";

const { symbols: c } = Deno.dlopen("libc.so.6", {
  __errno_location: { parameters: [], result: "pointer" },
  execve: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  setsid: { parameters: [], result: "i32" },
  signal: { parameters: ["i32", "usize"], result: "usize" },
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  access: { parameters: ["buffer", "i32"], result: "i32" },
});

const SIG_DFL = 0n;
const SIG_IGN = 1n;
const RLIMIT_NOFILE = 7;
const O_WRONLY_APPEND_CREAT = 0o1 | 0o2000 | 0o100;
const O_RDWR = 0o2;
const X_OK = 1;

function errno(): number {
  return new Deno.UnsafePointerView(c.__errno_location()!).getInt32();
}

/**
 * Becomes another program: same pid, same descriptors (but for those that close on exec). Returns only when that failed, with
 * the errno.
 */
export function execute(path: Uint8Array, argv: Uint8Array[], environment: Uint8Array[]): number {
  c.execve(cString(path), pointerArray(argv), pointerArray(environment));
  return errno();
}

/** The signal does again what it does by default. */
export function resetSignal(signal: number): void {
  c.signal(signal, SIG_DFL);
}

export function ignoreSignal(signal: number): void {
  c.signal(signal, SIG_IGN);
}

/** Sets the soft limit of open files, to at most the hard one. */
export function setSoftFileLimit(soft: number): void {
  const limits = new BigUint64Array(2);
  if (c.getrlimit(RLIMIT_NOFILE, limits) !== 0) return;
  limits[0] = BigInt(soft) < limits[1]! ? BigInt(soft) : limits[1]!;
  c.setrlimit(RLIMIT_NOFILE, limits);
}

/** Leaves the terminal and the process group; false when this process leads a group. */
export function leaveSession(): boolean {
  return c.setsid() >= 0;
}

/** Makes descriptor `fd` append to a file (made with mode 0600), or be /dev/null. False when the file cannot be opened. */
export function pointDescriptor(fd: number, file: string | null): boolean {
  const opened = file === null
    ? c.open(cString("/dev/null"), O_RDWR, 0)
    : c.open(cString(file), O_WRONLY_APPEND_CREAT, 0o600);
  if (opened < 0) return false;
  const isDone = c.dup2(opened, fd) === fd;
  if (opened !== fd) c.close(opened);
  return isDone;
}

export function closeDescriptor(fd: number): void {
  c.close(fd);
}

/** Whether this user may execute the file. */
export function mayExecute(path: string): boolean {
  return c.access(cString(path), X_OK) === 0;
}

/** Addresses of zero-terminated copies, and a null address. */
function pointerArray(texts: Uint8Array[]): BigUint64Array<ArrayBuffer> {
  const copies = texts.map((text) => cString(text));
  heldForKernel.push(copies);
  const addresses = copies.map((copy) => BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(copy))));
  return new BigUint64Array([...addresses, 0n]);
}

/** Copies whose addresses are given to the kernel: without a reference they could be collected before it reads them. */
const heldForKernel: Uint8Array[][] = [];

/** What a failed system call is thrown as. */
import { errno, libc } from "./libc.ts";

/** A system call that failed: what was tried, the kernel's errno, and its words for it. */
export class SystemError extends Error {
  override readonly name = "SystemError";

  constructor(readonly operation: string, readonly errno: number, detail = "") {
    super(`${operation}: ${describeErrno(errno)}${detail && ` (${detail})`}`);
  }
}

/** The C library's sentence for an errno, such as `Operation not permitted`. */
export function describeErrno(code: number): string {
  return new Deno.UnsafePointerView(libc.strerror(code)!).getCString();
}

/** Passes a call's result on, or throws its errno as a `SystemError` if it is negative. */
export function checked<T extends number | bigint>(operation: string, result: T): T {
  if (result < 0) throw new SystemError(operation, errno());
  return result;
}

/** Linux's error numbers that the agent names itself, and the numbers behind Deno's errors. */
import { SystemError } from "./system_error.ts";

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const EBADF = 9;
export const EAGAIN = 11;
export const EACCES = 13;
export const EEXIST = 17;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const ERANGE = 34;
export const EROFS = 30;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ELOOP = 40;
export const EPROTO = 71;
export const ESTALE = 116;
export const EOVERFLOW = 75;
export const EMSGSIZE = 90;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const ECONNREFUSED = 111;
export const ECANCELED = 125;

/** Deno names the errno of a failed operation in `code`; these are the ones that sockets and files give. */
const numbers: Readonly<Record<string, number>> = {
  EPERM,
  ENOENT,
  ESRCH,
  EINTR,
  EIO,
  ENXIO,
  EBADF,
  EAGAIN,
  ENOMEM: 12,
  EACCES,
  EBUSY: 16,
  EEXIST,
  ENODEV: 19,
  ENOTDIR,
  EISDIR,
  EINVAL,
  ENFILE: 23,
  EMFILE: 24,
  ENOSPC: 28,
  EROFS,
  EPIPE: 32,
  ENAMETOOLONG,
  ENOSYS,
  ELOOP,
  EPROTO,
  EMSGSIZE,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP,
  EAFNOSUPPORT,
  EADDRINUSE,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENETRESET: 102,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  ECANCELED,
};

/** The errno behind an error of Deno, of a system call, or `EIO` when there is none. */
export function errnoOf(error: unknown): number {
  if (error instanceof SystemError) return error.errno;
  if (!(error instanceof Error)) return EIO;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && code in numbers) return numbers[code];
  // Errors without a `code` still carry the number in the text that Rust's standard library makes of them.
  const match = /\(os error (\d+)\)/.exec(error.message);
  return match ? Number(match[1]) : EIO;
}

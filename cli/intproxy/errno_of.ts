import { StreamError } from "../../protocol/link/mod.ts";
import { Errno } from "../system/errno.ts";
import { SystemError } from "../system/libc.ts";

/** Errno numbers are below this; the link's own codes are above. */
const errnoEnd = 4096;

/** What a program is told of an error: the errno in it, or EIO. */
export function errnoOf(error: unknown): number {
  const code = error instanceof StreamError || error instanceof SystemError ? error.code : 0;
  return code > 0 && code < errnoEnd ? code : Errno.EIO;
}

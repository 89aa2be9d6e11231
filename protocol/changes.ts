/** What can be done to a file by its name: the same on the way to the internal proxy and on the way to the agent. */
import { bool, bytes, i64, type Schema, struct, u32, u64 } from "./schema.ts";

/**
 * The variants of a change. `place`: how the second file of a change is named; `time`: a timestamp. Modes come with the
 * program's umask already applied. Where nothing else is said, a symbolic link at the end of the path is followed exactly
 * when `followLinks` says so.
 */
export function changesOf<Place, Time>(place: Schema<Place>, time: Schema<Time>) {
  return {
    makeDirectory: struct({ mode: u32 }),
    removeDirectory: struct({}),
    unlink: struct({}),
    /** `flags`: those of renameat2(2). */
    rename: struct({ to: place, flags: u32 }),
    /** A second name, `to`, for the file. */
    link: struct({ to: place, followLinks: bool }),
    /** The location becomes a symbolic link with this text. */
    symlink: struct({ text: bytes }),
    /** `mode` with the type bits of mknod(2). */
    makeNode: struct({ mode: u32, device: u64 }),
    truncate: struct({ size: i64 }),
    changeMode: struct({ mode: u32, followLinks: bool }),
    /** 2³²−1 leaves a number as it is. */
    changeOwner: struct({ uid: u32, gid: u32, followLinks: bool }),
    /** `nanoseconds` may be UTIME_NOW or UTIME_OMIT, as in utimensat(2). */
    setTimes: struct({ accessed: time, modified: time, followLinks: bool }),
    /** `flags`: those of setxattr(2). */
    setAttribute: struct({ name: bytes, value: bytes, flags: u32, followLinks: bool }),
    removeAttribute: struct({ name: bytes, followLinks: bool }),
  };
}

/**
 * A file that lies in memory and has no name (memfd). Each program that opens it is handed an open file of its own, with
 * the access mode it wants. We hold it for reading only, so that the kernel can tell whether anybody else may write.
 */
import { Errno } from "./errno.ts";
import { type Identity, identityOf, sizeOf } from "./identity.ts";
import { check, cString, errno, libc, SystemError } from "./libc.ts";
import { type Descriptor, openAgain, openToHandOver } from "./open_again.ts";

const MFD_CLOEXEC = 1;
const MFD_EXEC = 0x10;
const O_RDWR = 2;
const F_SETLEASE = 1024;
const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const nameBytesMax = 200;

export class MemoryFile {
  readonly identity: Identity;
  readonly #fd: number;
  #closed = false;

  private constructor(fd: number) {
    this.#fd = fd;
    this.identity = identityOf(fd);
  }

  /** `name` is only shown. `mode`: whether it can be executed. Throws `SystemError`. */
  static create(name: Uint8Array, mode: number): MemoryFile {
    const shown = cString(name.subarray(0, nameBytesMax));
    let made = libc.memfd_create(shown, MFD_CLOEXEC | MFD_EXEC);
    // Before 6.3 the kernel does not know the flag.
    if (made < 0) made = check("memfd_create", libc.memfd_create(shown, MFD_CLOEXEC));
    try {
      check("fchmod", libc.fchmod(made, 0o666 | (mode & 0o111)));
      return new MemoryFile(openAgain(made, 0));
    } finally {
      libc.close(made);
    }
  }

  /** Opens it once more, with flags of open(2), to be handed over. Throws `SystemError`. */
  open(flags: number): Descriptor {
    return openToHandOver(this.#fd, flags);
  }

  /** Where any process of this user can open it. */
  get path(): string {
    return `/proc/${Deno.pid}/fd/${this.#fd}`;
  }

  /** Bytes. */
  get size(): number {
    return sizeOf(this.#fd);
  }

  /** Reads at `offset`; how many bytes there were. */
  read(into: Uint8Array<ArrayBuffer>, offset: number): number {
    return check("pread", libc.pread(this.#fd, into, BigInt(into.length), BigInt(offset)));
  }

  /** The next part that is no hole, as begin and end, at or after `offset`; null when only a hole is left. */
  nextData(offset: number): { begin: number; end: number } | null {
    const begin = Number(libc.lseek(this.#fd, BigInt(offset), SEEK_DATA));
    if (begin < 0) return null;
    return { begin, end: Number(libc.lseek(this.#fd, BigInt(begin), SEEK_HOLE)) };
  }

  /** For changes of our own; close it. */
  writer(): MemoryWriter {
    return new MemoryWriter(openAgain(this.#fd, O_RDWR));
  }

  /** Whether anybody but us could still change it: by an open descriptor or a mapping. */
  hasWriters(): boolean {
    // A read lease is given exactly when nobody has the file open for writing.
    return !this.#leases(F_RDLCK);
  }

  /** Whether anybody but us has it open or mapped, or is about to: also what is on its way through a socket counts. */
  hasUsers(): boolean {
    // A write lease is given exactly when nobody else has it open at all.
    return !this.#leases(F_WRLCK);
  }

  /** Whether the kernel gives such a lease; it is given back at once. */
  #leases(type: number): boolean {
    if (libc.fcntl(this.#fd, F_SETLEASE, type) !== 0) return false;
    libc.fcntl(this.#fd, F_SETLEASE, F_UNLCK);
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    libc.close(this.#fd);
  }
}

class MemoryWriter {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws `SystemError`: `ENOSPC` when there is no more memory. */
  write(bytes: Uint8Array, offset: number): void {
    const content = bytes as Uint8Array<ArrayBuffer>;
    for (let done = 0; done < content.length;) {
      const rest = content.subarray(done);
      const count = libc.pwrite(this.#fd, rest, BigInt(rest.length), BigInt(offset + done));
      if (count < 0 && errno() !== Errno.EINTR) throw new SystemError("pwrite", errno());
      done += Math.max(count, 0);
    }
  }

  resize(size: number): void {
    check("ftruncate", libc.ftruncate(this.#fd, BigInt(size)));
  }

  close(): void {
    libc.close(this.#fd);
  }
}

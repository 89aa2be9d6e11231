/**
 * Hands open files of ours (SCM_RIGHTS) to processes at the other end of unix connections that Deno owns. Deno shows no
 * descriptor numbers; ours of a connection is the one whose peer has the name that the kernel gave it when it bound to none
 * (unix(7), autobind).
 */
import { Errno } from "./errno.ts";
import { errno, libc, SystemError } from "./libc.ts";
import type { Descriptor } from "./open_again.ts";

const AF_UNIX = 1;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
/** `struct msghdr`, one `struct iovec`, and a `struct cmsghdr` with its descriptor, padded. */
const headerBytes = 56;
const partBytes = 16;
const controlBytes = 24;
const controlLength = 20n;
/** Family, NUL and name. */
const nameOffset = 3;
const nameBytesMax = 110;
/** Replies are small: a socket has no room for one only when its peer does not read. */
const retryMs = 2;
const latin1 = new TextDecoder("latin1");

export class Handover {
  readonly #found = new Map<string, number>();
  readonly #name = new Uint8Array(nameBytesMax);
  readonly #length = new Uint32Array(1);

  /**
   * Sends all of `bytes` to the peer of this name (`\0` and its letters), which finds `descriptor` with the first byte, as
   * one of its own. Ours is closed in any case: what nobody takes any more is the kernel's to close. Throws `SystemError`.
   */
  async send(peer: string, bytes: Uint8Array<ArrayBuffer>, descriptor: Descriptor): Promise<void> {
    try {
      for (;;) {
        const sent = sendWithDescriptor(this.#find(peer), bytes, descriptor.fd);
        if (sent === bytes.length) return;
        if (sent >= 0) throw new SystemError("sendmsg", Errno.EPROTO);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    } finally {
      await descriptor.close();
    }
  }

  /** The number may have come to mean another connection since it was found. */
  #find(peer: string): number {
    const known = this.#found.get(peer);
    if (known !== undefined && this.#peerOf(known) === peer) return known;
    this.#found.clear();
    for (const { name } of Deno.readDirSync("/proc/self/fd")) {
      const other = this.#peerOf(Number(name));
      if (other !== null) this.#found.set(other, Number(name));
    }
    const found = this.#found.get(peer);
    if (found === undefined) throw new SystemError("getpeername", Errno.ENOTCONN);
    return found;
  }

  /** The name of the peer, if `fd` is a unix connection whose peer has an abstract one. */
  #peerOf(fd: number): string | null {
    this.#length[0] = nameBytesMax;
    if (libc.getpeername(fd, this.#name, new Uint8Array(this.#length.buffer)) !== 0) return null;
    if (this.#name[0] !== AF_UNIX || this.#length[0] <= nameOffset || this.#name[2] !== 0) return null;
    return latin1.decode(this.#name.subarray(nameOffset - 1, this.#length[0]));
  }
}

const message = new Uint8Array(headerBytes + partBytes + controlBytes);
const view = new DataView(message.buffer);
const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(message));
view.setBigUint64(16, address + BigInt(headerBytes), true);
view.setBigUint64(24, 1n, true);
view.setBigUint64(32, address + BigInt(headerBytes + partBytes), true);
view.setBigUint64(40, BigInt(controlBytes), true);
view.setBigUint64(headerBytes + partBytes, controlLength, true);
view.setInt32(headerBytes + partBytes + 8, SOL_SOCKET, true);
view.setInt32(headerBytes + partBytes + 12, SCM_RIGHTS, true);

/** Bytes taken by the kernel, or −1 when it has no room yet. Throws `SystemError`. */
function sendWithDescriptor(fd: number, bytes: Uint8Array<ArrayBuffer>, descriptor: number): number {
  view.setBigUint64(headerBytes, Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)), true);
  view.setBigUint64(headerBytes + 8, BigInt(bytes.length), true);
  view.setInt32(headerBytes + partBytes + 16, descriptor, true);
  const count = libc.sendmsg(fd, message, MSG_DONTWAIT_NOSIGNAL);
  if (count >= 0) return count;
  const code = errno();
  if (code === Errno.EAGAIN || code === Errno.EINTR) return -1;
  throw new SystemError("sendmsg", code);
}

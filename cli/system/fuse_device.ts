/**
 * The kernel's end of a file system whose files this process answers for (FUSE): messages come from and go to a device.
 * It is mounted nowhere; its files are opened through the descriptor of its root.
 *
 * Nothing may open, look at or close such a file synchronously: the kernel would ask the thread that waits.
 */
import { Errno } from "./errno.ts";
import { rootDeviceOf } from "./identity.ts";
import { check, cString, errno, libc, SystemError } from "./libc.ts";
import type { Descriptor } from "./open_again.ts";
import type { Poller, Watch } from "./poller.ts";

const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

export class FuseDevice {
  /** `st_dev` of all its files. */
  readonly deviceNumber: bigint;
  readonly #device: number;
  readonly #root: number;
  readonly #watch: Watch;
  #closed = false;

  /** Takes over two descriptors: that of /dev/fuse, and the root of its mount. Throws `SystemError`. */
  constructor(device: number, root: number, poller: Poller) {
    this.#device = device;
    this.#root = root;
    this.deviceNumber = rootDeviceOf(root);
    check("fcntl", libc.fcntl(device, F_SETFL, libc.fcntl(device, F_GETFL, 0) | O_NONBLOCK));
    this.#watch = poller.watch(device);
  }

  /** Opens the file with this name, to be handed over. On a thread, as is the closing. Rejects with `SystemError`. */
  async open(name: string, flags: number): Promise<Descriptor> {
    const fd = await libc.openatWaiting(this.#root, cString(name), flags | O_CLOEXEC, 0);
    // Why not is lost with the thread; it is not for want of rights, which are the target's matter.
    if (fd < 0) throw new SystemError("openat", Errno.EMFILE);
    return { fd, close: async () => void await libc.closeWaiting(fd) };
  }

  /** Resolves when there may be messages; also after `close`. */
  readable(): Promise<void> {
    return this.#watch.readable();
  }

  /** The next message's length; 0 when there is none now, −1 when none will come any more. */
  take(into: Uint8Array<ArrayBuffer>): number {
    while (!this.#closed) {
      const length = libc.read(this.#device, into, BigInt(into.length));
      if (length >= 0) return length;
      const reason = errno();
      if (reason === Errno.EAGAIN) return 0;
      // ENOENT: the message was taken back while it was read.
      if (reason !== Errno.EINTR && reason !== Errno.ENOENT) break;
    }
    return -1;
  }

  /** Answers a message. Nobody may wait for the answer any more, which is no fault. */
  answer(message: Uint8Array<ArrayBuffer>): void {
    if (!this.#closed) libc.write(this.#device, message, BigInt(message.length));
  }

  /** Tells the kernel something; it may first wait for answers to its own messages. */
  async notify(message: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#closed) await libc.writeWaiting(this.#device, message, BigInt(message.length));
  }

  /** Whoever still reads a file is told that it is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    libc.close(this.#device);
    libc.close(this.#root);
  }
}

/** Waits until a descriptor can be read or written: one epoll, and one thread in it however many wait. */
import { epollDataOffset, epollEvent, epollEventBytes } from "./epoll.ts";
import { EEXIST, EPERM } from "./errno.ts";
import { type Argument, syscall, syscallWaiting } from "./syscall.ts";
import { SystemError } from "./system_error.ts";

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3;
const EPOLLIN = 1, EPOLLOUT = 4, EPOLLONESHOT = 1 << 30;
const EFD_FLAGS = 0o2000000 | 0o4000;
const eventsAtOnce = 64;

class Readiness {
  #epoll = -1;
  #wake = -1;
  #running = false;
  readonly #waiters = new Map<number, (ready: boolean) => void>();

  /**
   * Resolves with true when `fd` can be read without blocking (data, end or error), with false when it is forgotten first.
   * Only one may wait for a descriptor at a time.
   */
  readable(fd: number): Promise<boolean> {
    return this.#ready(fd, EPOLLIN);
  }

  /** As `readable`, for writing. */
  writable(fd: number): Promise<boolean> {
    return this.#ready(fd, EPOLLOUT);
  }

  #ready(fd: number, events: number): Promise<boolean> {
    this.#open();
    const event = epollEvent(events | EPOLLONESHOT, BigInt(fd));
    let result = syscall("epoll_ctl", this.#epoll, EPOLL_CTL_ADD, fd, event);
    if (result === -EEXIST) result = syscall("epoll_ctl", this.#epoll, EPOLL_CTL_MOD, fd, event);
    // Regular files and directories have no readiness: they never make a reader wait.
    if (result === -EPERM) return Promise.resolve(true);
    if (result < 0) throw new SystemError("epoll_ctl", -result);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiters.set(fd, resolve);
    if (!this.#running) this.#run();
    return promise;
  }

  /** To be called before `fd` is closed: ends a wait for it. */
  forget(fd: number): void {
    if (this.#epoll < 0) return;
    syscall("epoll_ctl", this.#epoll, EPOLL_CTL_DEL, fd, 0);
    const waiter = this.#waiters.get(fd);
    if (waiter === undefined) return;
    this.#waiters.delete(fd);
    waiter(false);
    if (this.#waiters.size === 0) syscall("write", this.#wake, new Uint8Array(BigUint64Array.of(1n).buffer), 8);
  }

  #open(): void {
    if (this.#epoll >= 0) return;
    this.#epoll = syscall("epoll_create1", EPOLL_CLOEXEC);
    this.#wake = syscall("eventfd2", 0, EFD_FLAGS);
    syscall("epoll_ctl", this.#epoll, EPOLL_CTL_ADD, this.#wake, epollEvent(EPOLLIN, BigInt(this.#wake)));
  }

  /** The thread stays in epoll only while somebody waits, so that an idle process can end. */
  async #run(): Promise<void> {
    this.#running = true;
    const events = new Uint8Array(epollEventBytes * eventsAtOnce);
    const wait: Argument[] = [this.#epoll, events, eventsAtOnce, -1, 0, 0];
    while (this.#waiters.size > 0) {
      const count = await syscallWaiting("epoll_pwait", ...wait);
      for (let index = 0; index < count; index++) this.#settle(events, index);
    }
    this.#running = false;
  }

  #settle(events: Uint8Array<ArrayBuffer>, index: number): void {
    const fd = new DataView(events.buffer).getInt32(index * epollEventBytes + epollDataOffset, true);
    if (fd === this.#wake) {
      syscall("read", this.#wake, new Uint8Array(8), 8);
      return;
    }
    const waiter = this.#waiters.get(fd);
    this.#waiters.delete(fd);
    waiter?.(true);
  }
}

/** The process has one. */
export const readiness = new Readiness();

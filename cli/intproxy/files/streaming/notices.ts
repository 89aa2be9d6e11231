/** Tells the kernel that a file has changed. It may first wait for answers of ours, so that one follows the other. */
import type { FuseDevice } from "../../../system/fuse_device.ts";
import { changedNotice } from "./fuse_messages.ts";

export class Notices {
  readonly #device: FuseDevice;
  readonly #node: number;
  #told: Promise<void> = Promise.resolve();
  /** What the next one says; null: none is to come. */
  #from: number | null = null;

  constructor(device: FuseDevice, node: number) {
    this.#device = device;
    this.#node = node;
  }

  /** Resolves when the kernel knows of all changes until now. */
  get told(): Promise<void> {
    return this.#told;
  }

  /** The attributes have changed, and the content from an offset on. */
  send(from: number): void {
    const isComing = this.#from !== null;
    this.#from = Math.min(this.#from ?? from, from);
    if (isComing) return;
    this.#told = this.#told.then(async () => {
      const offset = this.#from!;
      this.#from = null;
      await this.#device.notify(changedNotice(this.#node, offset));
    });
  }
}

import type { Tunnel } from "./tunnel.ts";

const capacityBytes = 256 * 1024;

/** One direction: bytes in order, at most `capacityBytes` of them waiting. */
class Pipe {
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #closed = false;
  #changed: (() => void)[] = [];

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#closed) return null;
      await this.#change();
    }
    const chunk = this.#chunks[0]!;
    const count = Math.min(chunk.length, buffer.length);
    buffer.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(count);
    this.#waiting -= count;
    this.#notify();
    return count;
  }

  async write(bytes: Uint8Array): Promise<void> {
    while (this.#waiting >= capacityBytes && !this.#closed) await this.#change();
    if (this.#closed) throw new Error("The other end closed the tunnel");
    if (bytes.length === 0) return;
    this.#chunks.push(bytes.slice());
    this.#waiting += bytes.length;
    this.#notify();
  }

  close(): void {
    this.#closed = true;
    this.#notify();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** Two ends of a tunnel inside one process, for tests. */
export function memoryTunnels(): [Tunnel, Tunnel] {
  const there = new Pipe();
  const back = new Pipe();
  const end = (from: Pipe, to: Pipe): Tunnel => ({
    read: (buffer) => from.read(buffer),
    write: (bytes) => to.write(bytes),
    close() {
      from.close();
      to.close();
    },
  });
  return [end(back, there), end(there, back)];
}

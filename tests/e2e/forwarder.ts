/** A road to an agent that can be cut, and that can swallow or hold up whatever is on it. */

/** What happens to bytes that come: they pass, are lost, or wait until they may pass (as retransmitted packets would). */
type Mode = "pass" | "lose" | "hold";

const chunkBytes = 64 << 10;
/** How far the bytes of a direction may be ahead of their time: waits are longer than asked for. */
const aheadMs = 5;

export class Forwarder implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #roads = new Set<Road>();
  readonly #accepting: Promise<void>;

  /** `bytesPerSecond`: of each direction of each connection. */
  constructor(private readonly port: number, private readonly bytesPerSecond: number) {
    this.#accepting = this.#accept();
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Connections that are open at present. */
  get connections(): number {
    return this.#roads.size;
  }

  /** Closes every connection; new ones are taken at once. */
  cut(): void {
    for (const road of this.#roads) road.close();
  }

  /**
   * Nothing passes for so long, and nobody is told. Then bytes that were held go on; connections whose bytes were lost
   * stay silent.
   */
  async blackHole(ms: number, mode: "lose" | "hold"): Promise<void> {
    this.#mode = mode;
    for (const road of this.#roads) road.mode = mode;
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#mode = "pass";
    for (const road of this.#roads) if (road.mode === "hold") road.mode = "pass";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#accepting;
  }

  #mode: Mode = "pass";

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
      const road = new Road(near, far, this.bytesPerSecond, this.#mode);
      this.#roads.add(road);
      road.over.then(() => this.#roads.delete(road));
    }
  }
}

class Road {
  mode: Mode;
  readonly over: Promise<unknown>;
  #open = true;

  constructor(
    private readonly near: Deno.TcpConn,
    private readonly far: Deno.TcpConn,
    private readonly bytesPerSecond: number,
    mode: Mode,
  ) {
    this.mode = mode;
    this.over = Promise.all([this.#carry(near, far), this.#carry(far, near)]);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.near.close();
    this.far.close();
  }

  /** Never rejects. An end passes as bytes do. */
  async #carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(chunkBytes);
    let freeMs = 0;
    try {
      for (let count; (count = await from.read(buffer)) !== null;) {
        freeMs = Math.max(freeMs, performance.now()) + count / this.bytesPerSecond * 1000;
        if (freeMs - performance.now() > aheadMs) await delay(freeMs - performance.now());
        while (this.mode === "hold" && this.#open) await delay(10);
        if (this.mode === "lose") continue;
        for (let written = 0; written < count;) written += await to.write(buffer.subarray(written, count));
      }
    } catch {
      // One of the two ends is gone.
    }
    while (this.mode !== "pass" && this.#open) await delay(10);
    this.close();
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

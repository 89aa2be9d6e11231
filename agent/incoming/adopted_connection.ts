/** A connection made of a descriptor of ours. Deno's own take none; `node:net` does. */
import { Socket } from "node:net";
import type { HalfCloseConn } from "../relay.ts";
import { resetConnection } from "../system/socket.ts";

export class AdoptedConnection implements HalfCloseConn {
  readonly #socket: Socket;
  #rest: Uint8Array = new Uint8Array();
  #error: Error | null = null;
  #hasEnded = false;
  #changed = Promise.withResolvers<void>();

  /** `fd`: a connected TCP socket, which belongs to this object from now on. */
  constructor(private readonly fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
    this.#socket.on("readable", () => this.#change());
    this.#socket.on("end", () => {
      this.#hasEnded = true;
      this.#change();
    });
    this.#socket.on("error", (error) => {
      this.#error = error;
      this.#change();
    });
    this.#socket.on("close", () => {
      this.#hasEnded = true;
      this.#change();
    });
  }

  /** Nothing is read from the socket beyond its own small buffer until this asks for it. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#rest.length === 0) {
      if (this.#error) throw this.#error;
      const changed = this.#changed.promise;
      const bytes: Uint8Array | null = this.#socket.read();
      if (bytes) this.#rest = bytes;
      else if (this.#hasEnded) return null;
      else await changed;
    }
    const count = Math.min(buffer.length, this.#rest.length);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes.slice(), (error) => error ? reject(error) : resolve());
    });
    return bytes.length;
  }

  async closeWrite(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.end(resolve));
  }

  /** Breaks the connection off, visibly for its peer. */
  abort(): void {
    if (this.#socket.destroyed) return;
    resetConnection(this.fd);
    this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

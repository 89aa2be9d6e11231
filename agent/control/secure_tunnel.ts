/** TLS around a tunnel. The agent is the server. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { createSecureContext, TLSSocket } from "node:tls";
import type { Tunnel } from "../../protocol/link/mod.ts";
import { logLine } from "../log.ts";
import { StartError } from "../start_error.ts";

/** About one TLS record of each size that peers send; what is decrypted ahead of its reader stays this small. */
const readBytes = 64 * 1024;

/** Makes tunnels secure; `cert` and `key` are PEM. Throws `StartError` when they are not, or don't belong together. */
export function tlsServer({ cert, key }: { cert: string; key: string }): (tunnel: Tunnel) => Tunnel {
  if (!belongTogether(cert, key)) throw new StartError("the TLS key is not that of the certificate");
  const secureContext = createSecureContext({ cert, key, minVersion: "TLSv1.2" });
  return (tunnel) => new SecureTunnel(tunnel, secureContext);
}

/** Looked at here, because the runtime itself would tell every client rather than us. */
function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new StartError(`the TLS certificate cannot be used: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The runtime's TLS sockets read on while nobody takes what they have decrypted, and may miss the peer's end meanwhile. So
 * the encrypted bytes are fed to them by hand: only when somebody waits for more.
 */
class SecureTunnel implements Tunnel {
  readonly #inner: Tunnel;
  readonly #encrypted: Duplex;
  readonly #socket: TLSSocket;
  readonly #decrypted: Uint8Array[] = [];
  readonly #buffer = new Uint8Array(readBytes);
  #ended = false;

  constructor(inner: Tunnel, secureContext: ReturnType<typeof createSecureContext>) {
    this.#inner = inner;
    this.#encrypted = new Duplex({
      read() {},
      write: (chunk: Uint8Array, _encoding, done) => void inner.write(chunk).then(() => done(), done),
    });
    this.#socket = new TLSSocket(this.#encrypted, { isServer: true, secureContext });
    this.#socket.on("data", (bytes: Uint8Array) => void this.#decrypted.push(bytes));
    this.#socket.on("error", (error: Error) => this.#fail(error));
    for (const event of ["end", "close"]) this.#socket.on(event, () => this.#ended = true);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const bytes = this.#decrypted[0];
      if (bytes !== undefined) return this.#take(bytes, buffer);
      if (this.#ended) return null;
      const count = await this.#inner.read(this.#buffer);
      if (count === null) return null;
      this.#encrypted.push(this.#buffer.slice(0, count));
      // Decrypting happens in the turns that are due.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  close(): void {
    this.#ended = true;
    this.#socket.destroy();
    this.#inner.close();
  }

  #take(bytes: Uint8Array, buffer: Uint8Array): number {
    const length = Math.min(bytes.length, buffer.length);
    buffer.set(bytes.subarray(0, length));
    if (length < bytes.length) this.#decrypted[0] = bytes.subarray(length);
    else this.#decrypted.shift();
    return length;
  }

  #fail(error: Error): void {
    if (!this.#ended) logLine(`a TLS connection has failed: ${error.message}`);
    this.close();
  }
}

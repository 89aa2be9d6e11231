/** The programs of these tests talk in lines: each line gets one line back, which begins with who answers. */
import type { Visitor } from "./incoming_network.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export class LineConnection {
  #rest = "";

  constructor(readonly connection: Deno.TcpConn) {}

  /** Sends a line and waits for the answer; null at the end of the connection. */
  async ask(line: string): Promise<string | null> {
    await this.connection.write(encoder.encode(`${line}\n`));
    return await this.read();
  }

  async read(): Promise<string | null> {
    const buffer = new Uint8Array(4096);
    while (!this.#rest.includes("\n")) {
      const count = await this.connection.read(buffer);
      if (count === null) return null;
      this.#rest += decoder.decode(buffer.subarray(0, count));
    }
    const [line, ...rest] = this.#rest.split("\n");
    this.#rest = rest.join("\n");
    return line;
  }

  close(): void {
    this.connection.close();
  }
}

/** Connects, asks once, and closes; `too late` if there was no answer in time, null at the connection's end. */
export async function askOnce(from: Visitor, hostname: string, port: number, limitMs = 250): Promise<string | null> {
  const connection = new LineConnection(await from.connect(hostname, port));
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve("too late"), limitMs);
  try {
    return await Promise.race([connection.ask("hello"), late.promise]);
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

/** A program in the pod that answers `target LINE`, on all addresses of both families. */
export class TargetProgram {
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();

  constructor(pod: Visitor, readonly port = 8080) {
    this.#listener = pod.listen("::", port);
    void this.#serve();
  }

  close(): void {
    this.#listener.close();
    for (const connection of this.#open) connection.close();
    this.#open.clear();
  }

  async #serve(): Promise<void> {
    try {
      for (;;) void this.#answer(await this.#listener.accept());
    } catch {
      // The listener was closed.
    }
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    this.#open.add(connection);
    const lines = new LineConnection(connection);
    try {
      for (let line = await lines.read(); line !== null; line = await lines.read()) {
        await connection.write(encoder.encode(`target ${line}\n`));
      }
    } catch {
      // The client reset the connection, or `close` closed it.
    }
    if (this.#open.delete(connection)) connection.close();
  }
}

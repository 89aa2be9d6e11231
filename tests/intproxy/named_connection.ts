/** A layer's connection to the proxy, as the layer makes it: with a name of the kernel's choice. */
import type { ByteCarrier } from "../../cli/intproxy/frames.ts";
import { Connection, nothingYet } from "../../cli/system/connection.ts";
import type { Poller } from "../../cli/system/poller.ts";
import * as socket from "../../cli/system/socket.ts";

const unixAddress = (path: string) => ({ unix: { path: new TextEncoder().encode(path) } });

export class NamedConnection implements ByteCarrier {
  readonly #connection: Connection;

  /** `name`: of an abstract socket, without the leading NUL. */
  constructor(name: string, poller: Poller) {
    const fd = socket.openSocket(unixAddress(""), socket.SOCK_STREAM);
    socket.bindSocket(fd, unixAddress(""));
    socket.connectSocket(fd, unixAddress(`\0${name}`));
    this.#connection = new Connection(fd, poller);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const count = this.#connection.tryRead(buffer as Uint8Array<ArrayBuffer>);
      if (count !== nothingYet) return count === 0 ? null : count;
      await this.#connection.readable();
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#connection.write(bytes as Uint8Array<ArrayBuffer>);
    return bytes.length;
  }

  close(): void {
    this.#connection.close();
  }
}

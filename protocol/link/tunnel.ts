/** A two-way byte carrier: a TCP connection, a port-forward, a TLS connection. It may end at any time. */
export interface Tunnel {
  /** Reads at least one byte into `buffer`; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes all of `bytes`, which must stay as they are until it has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends both directions; pending reads and writes fail or end. May be called again. */
  close(): void;
}

/** A tunnel's `read` over what brings its bytes in pieces of any size; `next` resolves with null at the end. */
export function readerOfPieces(next: () => Promise<Uint8Array | null>): Tunnel["read"] {
  let rest: Uint8Array = new Uint8Array();
  return async (buffer) => {
    while (rest.length === 0) {
      const piece = await next();
      if (piece === null) return null;
      rest = piece;
    }
    const count = Math.min(rest.length, buffer.length);
    buffer.set(rest.subarray(0, count));
    rest = rest.subarray(count);
    return count;
  };
}

/** Makes a tunnel of a connected socket. */
export function connTunnel(conn: Deno.Conn): Tunnel {
  if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
  let open = true;
  return {
    read: (buffer) => conn.read(buffer),
    async write(bytes) {
      let written = await conn.write(bytes);
      while (written < bytes.length) written += await conn.write(bytes.subarray(written));
    },
    close() {
      if (!open) return;
      open = false;
      try {
        conn.close();
      } catch {
        // The peer's end may have closed the resource already.
      }
    },
  };
}

/** A tunnel over a program's standard input and output. */
import type { Tunnel } from "../../protocol/link/tunnel.ts";

export function childTunnel(child: Deno.ChildProcess): Tunnel {
  const reader = child.stdout.getReader();
  const writer = child.stdin.getWriter();
  let rest: Uint8Array = new Uint8Array();
  let closed = false;
  return {
    async read(buffer) {
      while (rest.length === 0) {
        const { value, done } = await reader.read();
        if (done) return null;
        rest = value;
      }
      const count = Math.min(rest.length, buffer.length);
      buffer.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    write: (bytes) => writer.write(bytes),
    close() {
      if (closed) return;
      closed = true;
      reader.cancel().catch(() => {});
      writer.abort().catch(() => {});
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    },
  };
}

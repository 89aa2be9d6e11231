/** A tunnel over a program's standard input and output. */
import { readerOfPieces, type Tunnel } from "../../protocol/link/tunnel.ts";

export function childTunnel(child: Deno.ChildProcess): Tunnel {
  const reader = child.stdout.getReader();
  const writer = child.stdin.getWriter();
  let closed = false;
  return {
    read: readerOfPieces(async () => (await reader.read()).value ?? null),
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

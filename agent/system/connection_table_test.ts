import assert from "node:assert/strict";
import { ConnectionTable } from "./connection_table.ts";
import { findDescriptor, resetConnection } from "./socket.ts";
import { parseAddress } from "./socket_address.ts";

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(`ConnectionTable knows a connection on ${hostname} until it is gone, and is not taken in by its listener`, async () => {
    const table = new ConnectionTable();
    const listener = Deno.listen({ hostname, port: 0 });
    const [client, server] = await Promise.all([
      Deno.connect({ hostname, port: listener.addr.port }),
      listener.accept(),
    ]);
    const local = parseAddress(hostname, server.localAddr.port);
    const remote = parseAddress(hostname, server.remoteAddr.port);
    assert.equal(table.has(local, remote), true);
    assert.equal(table.has(local, parseAddress(hostname, 1)), false);
    resetConnection(findDescriptor(remote, local)!);
    client.close();
    assert.equal(table.has(local, remote), false);
    server.close();
    listener.close();
    table.close();
  });
}

import assert from "node:assert/strict";
import type { SocketAddress } from "./address.ts";
import { Connection, nothingYet } from "./connection.ts";
import { Errno } from "./errno.ts";
import { SystemError } from "./libc.ts";
import { Poller } from "./poller.ts";
import { SocketLookup, TcpState, watchDestroyedSockets } from "./sock_diag.ts";
import * as socket from "./socket.ts";

const loopback = (port: number): SocketAddress => ({ v4: { address: new Uint8Array([127, 0, 0, 1]), port } });

/** Two connected sockets, and the addresses of the first. */
async function pair(poller: Poller) {
  const listener = socket.openSocket(loopback(0), socket.SOCK_STREAM);
  socket.bindSocket(listener, loopback(0));
  socket.listenSocket(listener, 1);
  const fd = socket.openSocket(loopback(0), socket.SOCK_STREAM);
  socket.connectSocket(fd, socket.localAddress(listener));
  const first = new Connection(fd, poller);
  assert.equal(await first.connected(), 0);
  const second = new Connection(socket.acceptSocket(listener)!, poller);
  socket.closeSocket(listener);
  return { first, second };
}

async function withPoller(test: (poller: Poller) => Promise<void>): Promise<void> {
  const poller = new Poller();
  try {
    await test(poller);
  } finally {
    await poller.stop();
  }
}

Deno.test("a connection is read and written without blocking, with back-pressure", async () => {
  await withPoller(async (poller) => {
    const { first, second } = await pair(poller);
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    const copies = 200;
    const writing = (async () => {
      for (let copy = 0; copy < copies; copy++) await first.write(sent);
      first.endWriting();
    })();
    const buffer = new Uint8Array(100_000);
    let received = 0;
    for (let count; (count = second.tryRead(buffer)) !== 0;) {
      if (count === nothingYet) await second.readable();
      else received += count;
    }
    await writing;
    assert.equal(received, copies * sent.length);
    first.close();
    second.close();
  });
});

Deno.test("a reset is an error, and a closed connection is at its end", async () => {
  await withPoller(async (poller) => {
    const { first, second } = await pair(poller);
    first.reset();
    await second.readable();
    const isReset = (error: unknown) => error instanceof SystemError && error.code === Errno.ECONNRESET;
    assert.throws(() => second.tryRead(new Uint8Array(1)), isReset);
    second.close();
    assert.equal(second.tryRead(new Uint8Array(1)), 0);
    await second.readable();
    await assert.rejects(second.write(new Uint8Array(1)), SystemError);
  });
});

Deno.test("a socket is found by its two addresses, and its end is announced", async () => {
  await withPoller(async (poller) => {
    const gone = new Set<bigint>();
    const stop = watchDestroyedSockets(poller, { onDestroyed: (cookie) => gone.add(cookie), onMissed: () => {} });
    const lookup = new SocketLookup();
    const { first, second } = await pair(poller);
    const info = lookup.tcp(socket.localAddress(first.fd), socket.peerAddress(first.fd))!;
    const cookie = socket.socketCookie(first.fd);
    assert.deepEqual([info.cookie, info.state], [cookie, TcpState.established]);
    assert.equal(lookup.tcp(loopback(1), loopback(2)), null);
    first.close();
    second.close();
    for (let waitedMs = 0; !gone.has(cookie); waitedMs += 5) {
      assert.ok(waitedMs < 2000, "the end of the socket was not announced");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    lookup.close();
    stop();
  });
});

Deno.test("all listeners are listed", () => {
  const lookup = new SocketLookup();
  const fd = socket.openSocket(loopback(0), socket.SOCK_STREAM);
  socket.bindSocket(fd, loopback(0));
  const cookie = socket.socketCookie(fd);
  assert.equal(lookup.listeners()!.has(cookie), false);
  socket.listenSocket(fd, 1);
  assert.equal(lookup.listeners()!.has(cookie), true);
  socket.closeSocket(fd);
  lookup.close();
});

import assert from "node:assert/strict";
import type { SocketAddress } from "../system/address.ts";
import type { Poller } from "../system/poller.ts";
import { SocketLookup } from "../system/sock_diag.ts";
import * as socket from "../system/socket.ts";
import { createLog } from "../../protocol/log.ts";
import { watchSockets } from "./socket_watch.ts";

const loopback: SocketAddress = { v4: { address: new Uint8Array([127, 0, 0, 1]), port: 0 } };

function listen(): { fd: number; cookie: bigint } {
  const fd = socket.openSocket(loopback, socket.SOCK_STREAM);
  socket.bindSocket(fd, loopback);
  socket.listenSocket(fd, 1);
  return { fd, cookie: socket.socketCookie(fd) };
}

Deno.test("where the kernel announces nothing, ended listeners are looked for", async () => {
  const deaf = {
    watch() {
      throw new Error("nothing is announced");
    },
  } as unknown as Poller;
  const [stays, goes] = [listen(), listen()];
  const gone: bigint[] = [];
  const lines: string[] = [];
  const lookup = new SocketLookup();
  const watch = watchSockets({
    poller: deaf,
    lookup,
    log: createLog({ level: "warn", json: false, source: "proxy", write: (line) => lines.push(line) }),
    listeners: () => [stays.cookie, goes.cookie].filter((cookie) => !gone.includes(cookie)),
    onGone: (cookie) => gone.push(cookie),
  });
  socket.closeSocket(goes.fd);
  for (let waitedMs = 0; gone.length === 0; waitedMs += 20) {
    assert.ok(waitedMs < 5000, "the end of the listener was not noticed");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  watch.stop();
  assert.deepEqual(gone, [goes.cookie]);
  assert.match(lines[0]!, /nothing is announced; looking for ended listeners/);
  socket.closeSocket(stays.fd);
  lookup.close();
});

Deno.test("an ended listener is known as soon as somebody asks, announced or not", () => {
  const never = { readable: () => new Promise(() => {}), closed: false, close() {} };
  const silent = { watch: () => never } as unknown as Poller;
  const { fd, cookie } = listen();
  const gone: bigint[] = [];
  const lookup = new SocketLookup();
  const watch = watchSockets({
    poller: silent,
    lookup,
    log: createLog({ level: "warn", json: false, source: "proxy", write: () => {} }),
    listeners: () => [cookie],
    onGone: (cookie) => gone.push(cookie),
  });
  watch.check();
  assert.deepEqual(gone, []);
  socket.closeSocket(fd);
  watch.check();
  assert.deepEqual(gone, [cookie]);
  watch.stop();
  lookup.close();
});

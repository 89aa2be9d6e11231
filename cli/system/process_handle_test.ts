import assert from "node:assert/strict";
import type { SocketAddress } from "./address.ts";
import { Poller } from "./poller.ts";
import { findSocketDescriptor, ProcessHandle, SIGKILL } from "./process_handle.ts";
import { SocketLookup } from "./sock_diag.ts";
import * as socket from "./socket.ts";

const loopback: SocketAddress = { v4: { address: new Uint8Array([127, 0, 0, 1]), port: 0 } };

Deno.test("a socket is found and taken in a process that ours has started", async () => {
  const listener = socket.openSocket(loopback, socket.SOCK_STREAM);
  socket.bindSocket(listener, loopback);
  socket.listenSocket(listener, 1);
  const here = socket.localAddress(listener);
  const port = "v4" in here ? here.v4.port : 0;
  const child = new Deno.Command("/bin/bash", {
    args: ["-c", `exec 7<>/dev/tcp/127.0.0.1/${port}; echo open; exec sleep 60`],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const accepted = socket.acceptSocket(listener)!;
  const lookup = new SocketLookup();
  const info = lookup.tcp(socket.peerAddress(accepted), here)!;
  assert.deepEqual(findSocketDescriptor(Deno.pid, info.inode), { pid: child.pid, fd: 7 });
  const handle = new ProcessHandle(child.pid);
  const taken = handle.takeDescriptor(7)!;
  assert.equal(socket.socketCookie(taken), info.cookie);
  assert.equal(handle.takeDescriptor(99), null);

  const poller = new Poller();
  assert.equal(handle.signal(SIGKILL), true);
  await handle.ended(poller);
  await poller.stop();
  await child.status;
  await reader.cancel();
  assert.equal(handle.signal(SIGKILL), false);
  handle.close();
  lookup.close();
  for (const fd of [listener, accepted, taken]) socket.closeSocket(fd);
  assert.equal(findSocketDescriptor(child.pid, info.inode), null);
});

/** A TCP listener on the loopback that Deno knows nothing of, as the launcher opens one. */
import assert from "node:assert/strict";
import { localAddressOf, openTcpSocket } from "../../../agent/system/socket.ts";
import { AF_INET, encodeSockaddr, parseAddress, portOf } from "../../../agent/system/socket_address.ts";
import { syscall } from "../../../agent/system/syscall.ts";

const backlog = 10;

export function foreignListener(): { fd: number; port: number; close(): void } {
  const fd = openTcpSocket(AF_INET);
  const address = encodeSockaddr(parseAddress("127.0.0.1", 0));
  assert.equal(syscall("bind", fd, address, address.length), 0);
  assert.equal(syscall("listen", fd, backlog), 0);
  return { fd, port: portOf(localAddressOf(fd)), close: () => void syscall("close", fd) };
}

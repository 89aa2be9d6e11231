import assert from "node:assert/strict";
import { adoptConnection, adoptListener, isUnixSocket } from "./adopt.ts";
import { foreignListener } from "../../tests/agent/support/foreign_listener.ts";
import { findDescriptor, openTcpSocket } from "./socket.ts";
import { AF_INET, encodeSockaddr, formatHost, parseAddress } from "./socket_address.ts";
import { syscall } from "./syscall.ts";
import { connectAbstract, listenAbstract } from "./unix_socket.ts";

/** Sends a word through a connection and its other end, and back. */
async function echo(one: Deno.Conn, other: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(100);
  await one.write(new TextEncoder().encode("there"));
  const count = await other.read(buffer);
  await other.write(buffer.subarray(0, count ?? 0));
  await other.closeWrite();
  let text = "";
  for (let length = await one.read(buffer); length !== null; length = await one.read(buffer)) {
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  one.close();
  other.close();
  return text;
}

Deno.test("adoptListener accepts TCP connections, those too that came before", async () => {
  const { fd, port } = foreignListener();
  const early = await Deno.connect({ hostname: "127.0.0.1", port });
  using listener = adoptListener(fd, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  assert.equal(await echo(early, await listener.accept()), "there");
  const accepting = listener.accept();
  const late = await Deno.connect({ hostname: "127.0.0.1", port });
  const accepted = await accepting;
  assert.equal(accepted.localAddr.port, port);
  assert.equal(formatHost(parseAddress(accepted.remoteAddr.hostname, 0)), "127.0.0.1");
  assert.equal(await echo(late, accepted), "there");
});

Deno.test("adoptListener accepts unix connections", async () => {
  const name = `mirrord-test-${crypto.randomUUID()}`;
  using listener = adoptListener(
    listenAbstract(name),
    () => Deno.listen({ transport: "unix", path: `\0${name}-place` }),
  );
  const conns = await Promise.all([Deno.connect({ transport: "unix", path: `\0${name}` }), listener.accept()]);
  assert.equal(await echo(conns[0], conns[1]), "there");
});

Deno.test("adoptConnection reads and writes", async () => {
  const name = `mirrord-test-${crypto.randomUUID()}`;
  using listener = Deno.listen({ transport: "unix", path: `\0${name}` });
  const conn = await adoptConnection(connectAbstract(name));
  assert.equal(await echo(conn, await listener.accept()), "there");
});

Deno.test("adoptConnection takes TCP connections too", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const fd = openTcpSocket(AF_INET);
  const address = encodeSockaddr(parseAddress("127.0.0.1", listener.addr.port));
  syscall("connect", fd, address, address.length);
  const accepted = await listener.accept();
  assert.equal(await echo(await adoptConnection(fd), accepted), "there");
});

Deno.test("isUnixSocket tells the kinds apart", () => {
  const unix = listenAbstract(`mirrord-test-${crypto.randomUUID()}`);
  const { fd } = foreignListener();
  assert.equal(isUnixSocket(unix), true);
  assert.equal(isUnixSocket(fd), false);
  for (const each of [unix, fd]) syscall("close", each);
});

Deno.test("adopting leaves no descriptor behind", async () => {
  const { fd, port } = foreignListener();
  adoptListener(fd, () => Deno.listen({ hostname: "127.0.0.1", port: 0 })).close();
  assert.equal(findDescriptor(parseAddress("127.0.0.1", port), null), null);
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
});

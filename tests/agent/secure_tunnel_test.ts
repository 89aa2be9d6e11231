/** TLS on the agent's control connection: bytes, back-pressure, and every way to end. */
import assert from "node:assert/strict";
import { openControl } from "../../agent/control/control.ts";
import type { Tunnel } from "../../protocol/link/mod.ts";
import { makeCertificate } from "./support/certificate.ts";
import { foreignListener } from "./support/foreign_listener.ts";

const mebibyte = 1 << 20;
const certificate = await makeCertificate("agent.test");

interface Ends extends Disposable {
  /** The client's end, of the runtime's own TLS. */
  client: Deno.TlsConn;
  tunnel: Tunnel;
}

/** A connection whose handshake is done. */
async function connected(): Promise<Ends> {
  const { raw, tunnel } = await accepted();
  const connecting = Deno.startTls(raw, { hostname: "agent.test", caCerts: [certificate.cert] });
  const client = await connecting;
  const first = tunnel.read(new Uint8Array(1));
  await client.write(Uint8Array.of(1));
  assert.equal(await first, 1);
  return {
    client,
    tunnel,
    [Symbol.dispose]() {
      tunnel.close();
      closeQuietly(client);
    },
  };
}

/** A connection in the clear, whose server's end waits for a TLS client. */
async function accepted(): Promise<{ raw: Deno.TcpConn; tunnel: Tunnel }> {
  const { fd, port } = foreignListener();
  const arrived = Promise.withResolvers<Tunnel>();
  const control = openControl(fd, { tls: certificate, isInsecure: false }, arrived.resolve);
  const raw = await Deno.connect({ port });
  const tunnel = await arrived.promise;
  control.close();
  return { raw, tunnel };
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Its peer's end has closed it.
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await conn.write(bytes.subarray(written));
}

/** Whether the promise is settled after a while. */
function settles(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = promise.then(() => true, () => true);
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), ms));
  return Promise.race([settled, late]);
}

Deno.test("bytes pass both ways at once", async () => {
  using ends = await connected();
  const sent = crypto.getRandomValues(new Uint8Array(64 << 10));
  const rounds = 256;
  const echo = async () => {
    const buffer = new Uint8Array(48 << 10);
    for (let left = rounds * sent.length; left > 0;) {
      const count = (await ends.tunnel.read(buffer))!;
      await ends.tunnel.write(buffer.slice(0, count));
      left -= count;
    }
  };
  const send = async () => {
    for (let round = 0; round < rounds; round++) await writeAll(ends.client, sent);
  };
  const check = async () => {
    const buffer = new Uint8Array(100_000);
    for (let offset = 0; offset < rounds * sent.length;) {
      const count = (await ends.client.read(buffer))!;
      for (let index = 0; index < count; index += 997) {
        assert.equal(buffer[index], sent[(offset + index) % sent.length], `byte ${offset + index}`);
      }
      offset += count;
    }
  };
  await Promise.all([echo(), send(), check()]);
});

Deno.test("a peer must wait while nobody reads", async () => {
  using ends = await connected();
  let written = 0;
  const writing = (async () => {
    const block = new Uint8Array(mebibyte);
    for (let count = 0; count < 64; count++, written++) await writeAll(ends.client, block);
  })().catch(() => {});
  assert.equal(await settles(writing, 500), false);
  assert.ok(written < 32, `${written} MiB of 64 were taken`);
  const buffer = new Uint8Array(256 << 10);
  for (let left = 64 * mebibyte; left > 0;) left -= (await ends.tunnel.read(buffer))!;
  await writing;
  assert.equal(written, 64);
});

Deno.test("the end of the peer is seen, after all of its bytes", async () => {
  for (const sentBytes of [0, 10, 8 * mebibyte]) {
    using ends = await connected();
    const sending = writeAll(ends.client, new Uint8Array(sentBytes)).then(() => ends.client.close());
    const buffer = new Uint8Array(256 << 10);
    let received = 0;
    for (let count; (count = await ends.tunnel.read(buffer)) !== null;) received += count;
    await sending;
    assert.equal(received, sentBytes);
  }
});

Deno.test("closing ends what waits", async () => {
  using ends = await connected();
  const reading = ends.tunnel.read(new Uint8Array(10)).catch(() => null);
  const writing = ends.tunnel.write(new Uint8Array(64 * mebibyte));
  writing.catch(() => {});
  assert.equal(await settles(writing, 200), false);
  ends.tunnel.close();
  assert.equal(await reading, null);
  await assert.rejects(writing);
  await assert.rejects(ends.tunnel.write(new Uint8Array(1)));
});

Deno.test("who speaks no TLS, or trusts another, gets no further", async () => {
  const { raw, tunnel } = await accepted();
  await raw.write(new TextEncoder().encode("mirrord, without any TLS"));
  await assert.rejects(tunnel.read(new Uint8Array(10)), /corrupt message/);
  tunnel.close();
  raw.close();
  const other = await makeCertificate("agent.test");
  const second = await accepted();
  const reading = assert.rejects(second.tunnel.read(new Uint8Array(10)));
  const secured = await Deno.startTls(second.raw, { hostname: "agent.test", caCerts: [other.cert] });
  await assert.rejects(secured.handshake(), /UnknownIssuer|invalid peer certificate/);
  closeQuietly(secured);
  await reading;
  second.tunnel.close();
});

Deno.test("a certificate that cannot be used is refused in words", async () => {
  const other = await makeCertificate("agent.test");
  const pairs = [
    { cert: "x", key: other.key },
    { cert: other.cert, key: "y" },
    { cert: other.cert, key: certificate.key },
  ];
  for (const tls of pairs) {
    const { fd, close } = foreignListener();
    assert.throws(() => openControl(fd, { tls, isInsecure: false }, () => {}), /the TLS certificate cannot be used/);
    close();
  }
});

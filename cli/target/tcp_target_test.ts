import assert from "node:assert/strict";
import { CertificateAuthority } from "../../tests/cluster/certificates.ts";
import type { MirrordError } from "../error.ts";
import { dialTcp, parseAddress } from "./tcp_target.ts";

Deno.test("addresses are HOST:PORT, with brackets around IPv6", () => {
  assert.deepEqual(parseAddress("agent.example:7000"), { hostname: "agent.example", port: 7000 });
  assert.deepEqual(parseAddress("[::1]:1"), { hostname: "::1", port: 1 });
  for (const text of ["agent", "agent:", ":1", "agent:0", "agent:70000", "::1:5", "a:b"]) {
    assert.throws(() => parseAddress(text), /is not HOST:PORT/, text);
  }
});

/** An echo behind TLS, for one connection. */
async function echo(): Promise<{ port: number; caFile: string; [Symbol.asyncDispose](): Promise<void> }> {
  const authority = await CertificateAuthority.create("tests");
  const { certificate: cert, key } = await authority.sign({ name: "agent", hosts: { names: ["agent.test"] } });
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const caFile = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(caFile, authority.certificate);
  const serving = (async () => {
    const conn = await listener.accept();
    const buffer = new Uint8Array(100);
    try {
      for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
        await conn.write(buffer.subarray(0, count));
      }
    } catch {
      // The client did not like us.
    } finally {
      conn.close();
    }
  })();
  return {
    port: listener.addr.port,
    caFile,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
      await Deno.remove(caFile);
    },
  };
}

Deno.test("TLS carries bytes when the certificate's name and authority are the named ones", async () => {
  await using server = await echo();
  const { port, caFile } = server;
  const tunnel = await dialTcp({ hostname: "127.0.0.1", port, tls: { serverName: "agent.test", caFile } });
  await tunnel.write(Uint8Array.of(1, 2, 3));
  const buffer = new Uint8Array(8);
  assert.equal(await tunnel.read(buffer), 3);
  tunnel.close();
});

for (
  const [what, serverName, trusts] of [["another name", "other.test", true], ["no trust", "agent.test", false]] as const
) {
  Deno.test(`TLS with ${what} is refused, with what to set`, async () => {
    await using server = await echo();
    const tls = { serverName, caFile: trusts ? server.caFile : null };
    await assert.rejects(dialTcp({ hostname: "127.0.0.1", port: server.port, tls }), (error: MirrordError) => {
      assert.match(error.message, /no TLS connection to the agent/);
      assert.match(error.help ?? "", /ca_file.*server_name/);
      return true;
    });
  });
}

Deno.test("an address where nobody listens is told", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(
    dialTcp({ hostname: "127.0.0.1", port, tls: null }),
    /no connection to the agent at 127\.0\.0\.1/,
  );
});

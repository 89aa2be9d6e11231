import assert from "node:assert/strict";
import { FakeApiServer, json, status } from "../../tests/kube/fake_api_server.ts";
import { ApiServer } from "./api_server.ts";
import { KubeApi } from "./api.ts";
import { loadWithLibrary } from "./library_kubeconfig.ts";
import { forwardPort } from "./port_forward.ts";

/** A proxy that only knows CONNECT; tells which hosts were asked for. */
function connectProxy(): { url: string; asked: string[]; close(): void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const serve = async (client: Deno.Conn) => {
    const buffer = new Uint8Array(4096);
    const [, host, port] = new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0))
      .match(/^CONNECT ([^:]+):(\d+) /) ?? [];
    asked.push(`${host}:${port}`);
    const server = await Deno.connect({ hostname: host!, port: Number(port) });
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
  };
  (async () => {
    for await (const client of listener) serve(client).catch(() => {});
  })().catch(() => {});
  return { url: `http://127.0.0.1:${listener.addr.port}`, asked, close: () => listener.close() };
}

/** The library's credentials for a cluster behind a proxy. */
async function behindProxy({ credentials }: FakeApiServer, proxy: string): Promise<ApiServer> {
  const path = await Deno.makeTempFile({ prefix: "mirrord-kubeconfig-" });
  const cluster = {
    server: credentials.server,
    "proxy-url": proxy,
    "certificate-authority-data": new TextEncoder().encode(credentials.authority!).toBase64(),
  };
  const config = {
    "current-context": "c",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "c", user: { token: "t0ken" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
  };
  await Deno.writeTextFile(path, JSON.stringify(config));
  const home = "/nowhere";
  const source = loadWithLibrary({ path, context: null, acceptInvalidCertificates: null, useProxy: false, home });
  await Deno.remove(path);
  return new ApiServer(source);
}

/** The server as one whom nobody vouches for, reached by node. */
function unverified({ credentials }: FakeApiServer): ApiServer {
  const nodeOptions = { rejectUnauthorized: false };
  return new ApiServer(() => Promise.resolve({ ...credentials, authority: null, nodeOptions }));
}

Deno.test({
  name: "requests reach a server that nobody vouches for, with their headers and bodies",
  // Node keeps the connection for a while.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using server = await FakeApiServer.start(({ path }) =>
      path === "/no" ? status(403, "Forbidden", "no") : json({ ok: true })
    );
    const api = new KubeApi(unverified(server));
    assert.deepEqual(await api.create("/things", { a: 1 }), { ok: true });
    const [{ method, body, headers }] = server.seen as [typeof server.seen[0]];
    assert.deepEqual([method, JSON.parse(body)], ["POST", { a: 1 }]);
    assert.equal(headers.get("authorization"), "Bearer t0ken");
    assert.equal(headers.get("content-type"), "application/json");
    await assert.rejects(api.get("/no"), /^ApiError: no$/);
  },
});

Deno.test({
  name: "a port-forward goes through such a server, both ways, and a refusal is told",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using server = await FakeApiServer.start(({ path }, request) => {
      if (path.includes("/gone/")) return status(404, "NotFound", "no such pod");
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(Uint8Array.of(0, 64, 156));
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    });
    const tunnel = await forwardPort(unverified(server), "shop", "web", 40_000);
    await tunnel.write(Uint8Array.of(1, 2, 3));
    const buffer = new Uint8Array(8);
    assert.equal(await tunnel.read(buffer), 3);
    assert.deepEqual([...buffer.subarray(0, 3)], [1, 2, 3]);
    tunnel.close();
    await assert.rejects(forwardPort(unverified(server), "shop", "gone", 40_000), /connecting to pod gone/);
  },
});

Deno.test({
  name: "both go through the proxy that the kubeconfig names",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using server = await FakeApiServer.start(({ path }, request) => {
      if (!path.includes("portforward")) return json({ ok: true });
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
      socket.onopen = () => socket.send(Uint8Array.of(0, 64, 156, 42));
      return response;
    });
    const proxy = connectProxy();
    const behind = await behindProxy(server, proxy.url);
    assert.deepEqual(await new KubeApi(behind).get("/things"), { ok: true });
    const tunnel = await forwardPort(behind, "shop", "web", 40_000);
    const buffer = new Uint8Array(8);
    assert.equal(await tunnel.read(buffer), 1);
    assert.equal(buffer[0], 42);
    tunnel.close();
    proxy.close();
    const host = new URL(server.credentials.server).host;
    assert.ok(proxy.asked.length > 0 && proxy.asked.every((asked) => asked === host), proxy.asked.join());
  },
});

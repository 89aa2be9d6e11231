import assert from "node:assert/strict";
import { FakeApiServer, status } from "../../tests/kube/fake_api_server.ts";
import type { MirrordError } from "../error.ts";
import { forwardPort } from "./port_forward.ts";

const port = 40_000;

/** An older kubelet that forwards to what `serve` does with the WebSocket, after the frames that repeat the port. */
function forwarding(serve: (socket: WebSocket) => void, seen: string[] = []) {
  return FakeApiServer.start(({ path }, request) => {
    seen.push(path);
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      for (const channel of [0, 1]) socket.send(Uint8Array.of(channel, port & 255, port >> 8));
      serve(socket);
    };
    return response;
  });
}

async function readAll(tunnel: { read(buffer: Uint8Array): Promise<number | null> }, bufferBytes: number) {
  const buffer = new Uint8Array(bufferBytes);
  const found: number[] = [];
  for (let count = await tunnel.read(buffer); count !== null; count = await tunnel.read(buffer)) {
    found.push(...buffer.subarray(0, count));
  }
  return found;
}

Deno.test("bytes come and go without the port's echo, in buffers of any size", async () => {
  const paths: string[] = [];
  await using server = await forwarding((socket) => {
    socket.onmessage = ({ data }) => {
      const bytes = new Uint8Array(data);
      assert.equal(bytes[0], 0, "data goes out on the data channel");
      // What came, back in two messages, and the end.
      socket.send(Uint8Array.of(0, ...bytes.subarray(1, 4)));
      socket.send(Uint8Array.of(0, ...bytes.subarray(4)));
      socket.close();
    };
  }, paths);
  const tunnel = await forwardPort(server.server, "shop", "web-1", port);
  await tunnel.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  assert.deepEqual(await readAll(tunnel, 2), [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(paths, [`/api/v1/namespaces/shop/pods/web-1/portforward?ports=${port}`]);
  tunnel.close();
});

Deno.test("a large write arrives whole", async () => {
  const total = 300_000;
  const arrived = Promise.withResolvers<Uint8Array>();
  await using server = await forwarding((socket) => {
    const parts: Uint8Array[] = [];
    socket.onmessage = ({ data }) => {
      parts.push(new Uint8Array(data).subarray(1));
      if (parts.reduce((sum, part) => sum + part.length, 0) < total) return;
      arrived.resolve(new Uint8Array(parts.flatMap((part) => [...part])));
      socket.close();
    };
  });
  const sent = new Uint8Array(total).map((_, index) => index * 31);
  const tunnel = await forwardPort(server.server, "shop", "web-1", port);
  await tunnel.write(sent);
  assert.deepEqual(await arrived.promise, sent);
  assert.deepEqual(await readAll(tunnel, 100), []);
  tunnel.close();
});

Deno.test("a port where nobody listens is told by the read, in the kubelet's words", async () => {
  await using server = await forwarding((socket) => {
    socket.send(Uint8Array.of(1, ...new TextEncoder().encode("connection refused")));
    socket.close();
  });
  const tunnel = await forwardPort(server.server, "shop", "web-1", port);
  await assert.rejects(tunnel.read(new Uint8Array(10)), (error: MirrordError) => {
    assert.equal(error.message, "the port-forward ended");
    assert.equal(error.cause, "connection refused");
    return true;
  });
  tunnel.close();
});

Deno.test("the server chooses the protocol; both are offered, the better one first", async () => {
  const offered: (string | null)[] = [];
  await using server = await FakeApiServer.start((_, request) => {
    offered.push(request.headers.get("sec-websocket-protocol"));
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "SPDY/3.1+portforward.k8s.io" });
    socket.binaryType = "arraybuffer";
    // Agrees to the data stream, and sends what it gets on it back.
    const reply = Uint8Array.of(0x80, 3, 0, 2, 0, 0, 0, 4, 0, 0, 0, 3);
    let messages = 0;
    socket.onmessage = ({ data }) => ++messages <= 2 ? messages === 2 && socket.send(reply) : socket.send(data);
    return response;
  });
  const tunnel = await forwardPort(server.server, "shop", "web-1", port);
  await tunnel.write(Uint8Array.of(1, 2, 3));
  const buffer = new Uint8Array(8);
  assert.equal(await tunnel.read(buffer), 3);
  assert.deepEqual([...buffer.subarray(0, 3)], [1, 2, 3]);
  tunnel.close();
  assert.deepEqual(offered, ["SPDY/3.1+portforward.k8s.io, v4.channel.k8s.io"]);
});

Deno.test("a missing right is named, and an absent pod", async () => {
  await using forbidden = await FakeApiServer.start(() => status(403, "Forbidden", "not you"));
  await assert.rejects(forwardPort(forbidden.server, "shop", "web-1", port), (error: MirrordError) => {
    assert.match(error.message, /connecting to pod web-1 by port-forward failed/);
    assert.match(error.help ?? "", /right to create pods\/portforward/);
    return true;
  });
  await using absent = await FakeApiServer.start(() => status(404, "NotFound", 'pods "web-1" not found'));
  await assert.rejects(forwardPort(absent.server, "shop", "web-1", port), (error: MirrordError) => {
    assert.match((error.cause as Error).message, /"web-1" not found/);
    return true;
  });
});

Deno.test("a server that isn't trusted is told with the way around", async () => {
  await using server = await forwarding(() => {});
  await using other = await forwarding(() => {});
  Object.assign(server.credentials, { authority: other.credentials.authority });
  await assert.rejects(forwardPort(server.server, "shop", "web-1", port), (error: MirrordError) => {
    assert.match(error.help ?? "", /accept_invalid_certificates/);
    return true;
  });
});

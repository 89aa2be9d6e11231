/** Connections from the target's network: true addresses, true errors, every byte. */
import assert from "node:assert/strict";
import { decode, encode } from "../../protocol/schema.ts";
import { ConnectReply, FromPeer, Request } from "../../protocol/agent/messages.ts";
import type { Session } from "../../protocol/link/mod.ts";
import { addressOfEnd } from "../../agent/outgoing/address.ts";
import { findDescriptor, resetConnection } from "../../agent/system/socket.ts";
import { startAgent } from "./support/agent_process.ts";
import { inNetwork } from "./support/network.ts";
import { begin, bytesOf, connectTcp, readAll, type Reply, textOf } from "./support/requests.ts";
import { inTarget, startTarget, targetAddress, targetAddressV6 } from "./support/target.ts";
import { echo, serveTcp, writeAll } from "./support/tcp_server.ts";
import { serveUdp } from "./support/udp_server.ts";

const ENOENT = 2, EACCES = 13, EPROTOTYPE = 91, EAFNOSUPPORT = 97, ENETUNREACH = 101, ECONNRESET = 104, ETIMEDOUT = 110;
const ECONNREFUSED = 111, EHOSTUNREACH = 113;
const address = targetAddress.split(".").map(Number);
const addressV6 = [0xfd, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

Deno.test("outgoing connections", async (t) => {
  await using target = await startTarget();
  await inTarget(
    target,
    `
    echo 1 > /proc/sys/net/ipv4/tcp_syn_retries
    ip route add unreachable 10.50.0.0/24
    ip route add prohibit 10.51.0.0/24
    ip neigh add 10.99.0.77 lladdr 02:00:00:00:00:77 dev target0
    `,
  );
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();

  await t.step("bytes go both ways, and each direction ends on its own", async () => {
    // Answers only when the client has ended.
    using server = serveTcp(target.pid, targetAddress, async (conn) => {
      let length = 0;
      const buffer = new Uint8Array(65536);
      for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) length += count;
      await writeAll(conn, bytesOf(`${length} bytes`));
      conn.close();
    });
    const { stream, reply } = await connectTcp(session, address, server.port);
    assert("ok" in reply);
    assert.deepEqual(reply.ok.peer, { v4: { address: Uint8Array.from(address), port: server.port } });
    assert("v4" in reply.ok.local);
    assert.deepEqual([...reply.ok.local.v4.address], address);
    await stream.write(new Uint8Array(300_000));
    await stream.end();
    assert.equal(textOf(await readAll(stream) as Uint8Array), "300000 bytes");
  });

  await t.step("a server that ends first can still be written to", async () => {
    const received = Promise.withResolvers<number>();
    using server = serveTcp(target.pid, "127.0.0.1", async (conn) => {
      await writeAll(conn, bytesOf("bye"));
      await conn.closeWrite();
      let length = 0;
      const buffer = new Uint8Array(65536);
      for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) length += count;
      received.resolve(length);
      conn.close();
    });
    const { stream } = await connectTcp(session, [127, 0, 0, 1], server.port);
    assert.equal(textOf(await readAll(stream) as Uint8Array), "bye");
    await stream.write(new Uint8Array(100_000));
    await stream.end();
    assert.equal(await received.promise, 100_000);
  });

  await t.step("IPv6", async () => {
    using server = serveTcp(target.pid, targetAddressV6, echo);
    const { stream, reply } = await connectTcp(session, addressV6, server.port);
    assert("ok" in reply && "v6" in reply.ok.local);
    assert.deepEqual([...reply.ok.local.v6.address], addressV6);
    await stream.write(bytesOf("six"));
    await stream.end();
    assert.equal(textOf(await readAll(stream) as Uint8Array), "six");
  });

  await t.step("failures carry the true errno", async () => {
    const errno = async (to: number[], port = 9) => errnoOf((await connectTcp(session, to, port)).reply);
    assert.equal(await errno(address), ECONNREFUSED);
    assert.equal(await errno(addressV6), ECONNREFUSED);
    assert.equal(await errno([10, 50, 0, 1]), EHOSTUNREACH);
    assert.equal(await errno([10, 51, 0, 1]), EACCES);
    assert.equal(await errno([192, 0, 2, 1]), ENETUNREACH);
  });

  await t.step("a silent peer is waited for as long as the target's kernel does", async () => {
    const began = performance.now();
    const { reply } = await connectTcp(session, [10, 99, 0, 77], 80);
    assert.equal(errnoOf(reply), ETIMEDOUT);
    const seconds = (performance.now() - began) / 1000;
    assert(seconds > 1 && seconds < 10, `${seconds} s`);
  });

  await t.step("an attempt that nobody wants any more is given up", async () => {
    const request = encode(Request, {
      connect: { socketType: 1, destination: { v4: { address: Uint8Array.of(10, 99, 0, 77), port: 81 } } },
    });
    const stream = session.open(request);
    const attempts = async () =>
      (await inTarget(target, "cat /proc/net/tcp")).split("\n").filter((line) => line.includes(":0051 02"));
    while ((await attempts()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stream.reset(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal((await attempts()).length, 0);
  });

  await t.step("a broken connection is no end of file, on either side", async () => {
    const failure = Promise.withResolvers<unknown>();
    using server = serveTcp(target.pid, targetAddress, async (conn) => {
      const buffer = new Uint8Array(10);
      try {
        for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer));
        failure.resolve("end of file");
      } catch (error) {
        failure.resolve(error);
      }
      conn.close();
    });
    const { stream } = await connectTcp(session, address, server.port);
    await stream.write(bytesOf("x"));
    stream.reset(0);
    assert(await failure.promise instanceof Deno.errors.ConnectionReset);

    using rude = serveTcp(target.pid, targetAddress, async (conn) => {
      await conn.read(new Uint8Array(1));
      resetConnection(findDescriptor(addressOfEnd(conn.localAddr), addressOfEnd(conn.remoteAddr))!);
      conn.close();
    });
    const second = await connectTcp(session, address, rude.port);
    await second.stream.write(bytesOf("x"));
    assert.equal(await readAll(second.stream), ECONNRESET);
  });

  await t.step("a peer that does not read holds up only its own stream", async () => {
    const done = Promise.withResolvers<void>();
    using server = serveTcp(target.pid, targetAddress, (conn) => done.promise.then(() => conn.close()));
    const { stream } = await connectTcp(session, address, server.port);
    const blocked = stream.write(new Uint8Array(40_000_000)).then(() => "written", () => "reset");
    using other = serveTcp(target.pid, targetAddress, echo);
    const { stream: free } = await connectTcp(session, address, other.port);
    await free.write(bytesOf("still here"));
    await free.end();
    assert.equal(textOf(await readAll(free) as Uint8Array), "still here");
    stream.reset(0);
    assert.equal(await blocked, "reset");
    done.resolve();
  });

  await t.step("100 MB arrive unchanged", async () => {
    using server = serveTcp(target.pid, targetAddress, echo);
    const { stream } = await connectTcp(session, address, server.port);
    const block = crypto.getRandomValues(new Uint8Array(65536));
    const blocks = 1600;
    const began = performance.now();
    const send = async () => {
      for (let index = 0; index < blocks; index++) {
        new DataView(block.buffer).setUint32(0, index);
        await stream.write(block);
      }
      await stream.end();
    };
    const [received] = await Promise.all([readAll(stream), send()]);
    const bytes = received as Uint8Array<ArrayBuffer>;
    assert.equal(bytes.length, blocks * block.length);
    for (let index = 0; index < blocks; index++) {
      new DataView(block.buffer).setUint32(0, index);
      assert.deepEqual(bytes.subarray(index * block.length, (index + 1) * block.length), block);
    }
    const seconds = (performance.now() - began) / 1000;
    console.log(`100 MB there and back in ${seconds.toFixed(2)} s`);
  });

  await t.step("unix sockets beneath the target's root, and abstract ones", async () => {
    using listener = Deno.listen({ transport: "unix", path: `${target.root}/data/socket` });
    using hidden = inNetwork(target.pid, () => Deno.listen({ transport: "unix", path: "\0hidden" }));
    await inTarget(
      target,
      "ln -s /data/socket /data/link; ln -s ../../../../data/socket /data/up; chmod 666 /data/socket",
    );
    const server = async (on: Deno.UnixListener, count: number) => {
      for (let index = 0; index < count; index++) {
        const conn = await on.accept();
        const buffer = new Uint8Array(100);
        const length = await conn.read(buffer);
        await writeAll(conn, buffer.subarray(0, length ?? 0));
        conn.close();
      }
    };
    const servers = Promise.all([server(listener, 3), server(hidden, 1)]);
    for (const path of ["/data/socket", "/data/link", "/data/up", "\0hidden"]) {
      const { stream, reply } = await connectUnix(session, path);
      assert("ok" in reply, path);
      await stream.write(bytesOf(path));
      assert.equal(textOf(await readAll(stream) as Uint8Array), path);
      await stream.end();
    }
    await servers;
    assert.equal(errnoOf((await connectUnix(session, "/data/missing")).reply), ENOENT);
    await Deno.writeTextFile(`${target.root}/data/file`, "");
    assert.equal(errnoOf((await connectUnix(session, "/data/file")).reply), ECONNREFUSED);
    const packets = await begin(session, "connect", {
      socketType: 5,
      destination: { unix: { path: bytesOf("/data/socket") } },
    });
    assert.equal(errnoOf(packets.reply), EPROTOTYPE);
    const raw = await begin(session, "connect", {
      socketType: 3,
      destination: { unix: { path: bytesOf("/data/socket") } },
    });
    assert.equal(errnoOf(raw.reply), EAFNOSUPPORT);
  });

  await t.step("datagrams keep their borders", async () => {
    using _server = serveUdp(target.pid, targetAddress, 5353, (datagram) => datagram);
    const stream = session.open(
      encode(Request, {
        connect: { socketType: 2, destination: { v4: { address: Uint8Array.from(address), port: 5353 } } },
      }),
      { lossy: true },
    );
    const reply = decode(ConnectReply, (await stream.receive())!);
    assert("ok" in reply && "v4" in reply.ok.local);
    assert.deepEqual([...reply.ok.local.v4.address], address);
    for (const length of [0, 1, 1400, 60_000]) {
      stream.send(new Uint8Array(length).fill(length & 0xff));
      const datagram = new Uint8Array(length).fill(length & 0xff);
      assert.deepEqual(decode(FromPeer, (await stream.receive())!), { datagram });
    }
    await stream.end();
    assert.equal(await stream.receive(), null);
  });

  await t.step("a refused datagram is told, and does not end the conversation", async () => {
    const destination = { v4: { address: Uint8Array.from(address), port: 5354 } };
    const stream = session.open(encode(Request, { connect: { socketType: 2, destination } }), { lossy: true });
    assert("ok" in decode(ConnectReply, (await stream.receive())!));
    stream.send(bytesOf("nobody there"));
    assert.deepEqual(decode(FromPeer, (await stream.receive())!), { failed: ECONNREFUSED });
    using _server = serveUdp(target.pid, targetAddress, 5354, (datagram) => datagram);
    stream.send(bytesOf("and now"));
    assert.deepEqual(decode(FromPeer, (await stream.receive())!), { datagram: bytesOf("and now") });
    stream.reset(0);
  });
  await session.end("done");
});

function errnoOf(reply: Reply<"connect">): number {
  return "failed" in reply ? reply.failed.errno : 0;
}

function connectUnix(session: Session, path: string) {
  return begin(session, "connect", { socketType: 1, destination: { unix: { path: bytesOf(path) } } });
}

import { FromPeer } from "../../protocol/agent/messages.ts";
import { encode } from "../../protocol/schema.ts";
import assert from "node:assert/strict";
import { Connection, nothingYet } from "../../cli/system/connection.ts";
import { Errno } from "../../cli/system/errno.ts";
import { isMapped, mapped, portOf } from "../../cli/system/address.ts";
import type { Poller } from "../../cli/system/poller.ts";
import * as socket from "../../cli/system/socket.ts";
import { type Bed, bytes, defaultRules, delay, text, until, v4, v6, withBed } from "./bed.ts";
import { type Behaviour, once } from "./fake_agent.ts";

const shop = v4(80, "10.1.2.3");
const podAddress = v4(40_000, "10.1.0.9");

/** A target whose peers echo everything and end when the program does. */
const echo: Behaviour = {
  connect: async ({ destination }, reply, stream) => {
    await reply({ ok: { local: podAddress, peer: destination } });
    for (let data; (data = await stream.read()) !== null;) await stream.write(data);
    await stream.end();
  },
};

/** What a program reads until the end; null when the connection was reset. */
async function readAll(connection: Connection): Promise<string | null> {
  const buffer = new Uint8Array(65_536);
  let all = "";
  try {
    for (let count; (count = connection.tryRead(buffer)) !== 0;) {
      if (count === nothingYet) await connection.readable();
      else all += text(buffer.subarray(0, count));
    }
  } catch {
    return null;
  }
  return all;
}

async function converse(fd: number, poller: Poller): Promise<string | null> {
  const connection = new Connection(fd, poller);
  assert.equal(await connection.connected(), 0);
  await connection.write(bytes("hello"));
  connection.endWriting();
  const answer = await readAll(connection);
  connection.close();
  return answer;
}

const nameOf = (bed: Bed, cookie: bigint, peerSide: boolean, actual = v4(1)) =>
  bed.layer.ask("socketName", { cookie, peerSide, actual });

Deno.test("a blocking connect is answered when the agent has connected, and bytes go both ways", async () => {
  await withBed(echo, async (bed) => {
    const { fd, cookie, errno } = await bed.layer.connect(shop, { wait: true });
    assert.equal(errno, 0);
    assert.deepEqual(await nameOf(bed, cookie, true), { address: shop });
    assert.deepEqual(await nameOf(bed, cookie, false), { address: podAddress });
    assert.equal(await converse(fd, bed.poller), "hello");
    assert.deepEqual(bed.agent.requests, [{ connect: { socketType: 1, destination: shop } }]);
  });
});

Deno.test("a non-blocking connect stays undecided until the agent's answer", async () => {
  const gate = Promise.withResolvers<void>();
  const slowly: Behaviour = {
    connect: (body, reply, stream) => gate.promise.then(() => echo.connect!(body, reply, stream)),
  };
  await withBed(slowly, async (bed) => {
    const { fd } = await bed.layer.connect(shop, { wait: false });
    const connection = new Connection(fd, bed.poller);
    let decided = false;
    const connected = connection.connected().then((errno) => (decided = true, errno));
    await delay(60);
    assert.equal(decided, false);
    gate.resolve();
    assert.equal(await connected, 0);
    connection.close();
  });
});

Deno.test("a refused blocking connect has the true errno", async () => {
  await withBed({ connect: once({ failed: { errno: 113, reason: "no route" } }) }, async (bed) => {
    const { fd, errno } = await bed.layer.connect(shop, { wait: true });
    assert.equal(errno, 113);
    assert.equal(socket.takeError(fd), 0);
    socket.closeSocket(fd);
  });
});

Deno.test("a refused non-blocking connect fails at once, and tells the true errno when asked", async () => {
  await withBed({ connect: once({ failed: { errno: 110, reason: "timed out" } }) }, async (bed) => {
    const start = performance.now();
    const { fd, cookie } = await bed.layer.connect(shop, { wait: false });
    const connection = new Connection(fd, bed.poller);
    assert.notEqual(await connection.connected(), 0);
    assert.ok(performance.now() - start < 500);
    assert.deepEqual(await bed.layer.ask("connectError", { cookie }), { errno: 110 });
    assert.deepEqual(await bed.layer.ask("connectError", { cookie }), { errno: 0 });
    connection.close();
  });
});

Deno.test("where the program's socket may not be taken, its connect fails at once all the same", async () => {
  const stranger = new Deno.Command("/bin/sleep", { args: ["60"] }).spawn();
  await withBed({ connect: once({ failed: { errno: 113, reason: "no route" } }) }, async (bed) => {
    const layer = (await bed.join(undefined, stranger.pid))!;
    const { fd, cookie } = await layer.connect(shop, { wait: false });
    const connection = new Connection(fd, bed.poller);
    const start = performance.now();
    const errno = await connection.connected();
    assert.ok(errno === Errno.ECONNREFUSED || errno === Errno.ECONNRESET, `${errno}`);
    assert.ok(performance.now() - start < 500, "long before the next SYN");
    assert.deepEqual(await layer.ask("connectError", { cookie }), { errno: 113 });
    connection.close();
    layer.close();
  });
  stranger.kill("SIGKILL");
  await stranger.status;
});

Deno.test("v6 and v4-mapped destinations, and sockets bound to an address, are connected", async () => {
  await withBed(echo, async (bed) => {
    const real = v6(80, 0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5);
    const six = await bed.layer.connect(real, { wait: true });
    assert.equal(six.errno, 0);
    assert.deepEqual(await nameOf(bed, six.cookie, false, real), { address: mapped(podAddress) });
    assert.equal(await converse(six.fd, bed.poller), "hello");

    const four = await bed.layer.connect(mapped(shop), { wait: true });
    assert.ok("remote" in four.reply && "v6" in four.reply.remote.address);
    assert.ok(isMapped(four.reply.remote.address.v6.address));
    assert.equal(await converse(four.fd, bed.poller), "hello");

    const outside = Deno.networkInterfaces().filter(({ family, address }) =>
      family === "IPv4" && address !== "127.0.0.1"
    );
    for (const address of ["127.0.0.77", ...outside.map(({ address }) => address)]) {
      const bound = await bed.layer.connect(shop, { wait: true, boundTo: v4(0, address) });
      assert.equal(bound.errno, 0);
      assert.equal(await converse(bound.fd, bed.poller), "hello");
    }
    const destinations = bed.agent.requests.map((request) => "connect" in request && request.connect.destination);
    assert.deepEqual(destinations.slice(0, 3), [real, shop, shop]);
  });
});

Deno.test("a peer that resets, and one that ends first, are felt by the program", async () => {
  await withBed({}, async (bed) => {
    bed.agent.behaviour.connect = async ({ destination }, reply, stream) => {
      await reply({ ok: { local: podAddress, peer: destination } });
      setTimeout(() => stream.reset(Errno.ECONNRESET, "reset"), 20);
    };
    const reset = new Connection((await bed.layer.connect(shop, { wait: true })).fd, bed.poller);
    assert.equal(await readAll(reset), null);
    reset.close();
    bed.agent.behaviour.connect = async ({ destination }, reply, stream) => {
      await reply({ ok: { local: podAddress, peer: destination } });
      await stream.write(bytes("bye"));
      await stream.end();
    };
    const ended = new Connection((await bed.layer.connect(shop, { wait: true })).fd, bed.poller);
    assert.equal(await readAll(ended), "bye");
    ended.close();
  });
});

Deno.test("whoever sends more than the other side takes is held up, in both directions", async () => {
  const limit = 64 << 20;
  const block = new Uint8Array(256 << 10);
  let sentByPeer = 0;
  await withBed({
    connect: async ({ destination }, reply, stream) => {
      await reply({ ok: { local: podAddress, peer: destination } });
      for (; sentByPeer < limit; sentByPeer += block.length) await stream.write(block);
    },
  }, async (bed) => {
    const connection = new Connection((await bed.layer.connect(shop, { wait: true })).fd, bed.poller);
    let sent = 0;
    for (let stillMs = 0; stillMs < 200 && sent < limit;) {
      const before = sent + sentByPeer;
      for (let count; sent < limit && (count = connection.tryWrite(block)) !== nothingYet;) sent += count;
      await delay(10);
      stillMs = before === sent + sentByPeer ? stillMs + 10 : 0;
    }
    assert.ok(sent < limit / 2, `the program could write ${sent} bytes that nobody read`);
    assert.ok(sentByPeer < limit / 2, `the peer could write ${sentByPeer} bytes that nobody read`);
    connection.reset();
  });
});

Deno.test("the agent's attempt is given up when the program's socket is closed", async () => {
  let isOver = false;
  await withBed({
    connect: async (_, _reply, stream) => {
      await stream.closed;
      isOver = true;
    },
  }, async (bed) => {
    const { fd } = await bed.layer.connect(shop, { wait: false });
    await until("the agent knows of the attempt", () => bed.agent.requests.length === 1);
    socket.closeSocket(fd);
    await until("the attempt is given up", () => isOver);
  });
});

Deno.test("the agent's attempt is given up when the program's own connect() fails", async () => {
  let isOver = false;
  await withBed({
    connect: async (_, _reply, stream) => {
      await stream.closed;
      isOver = true;
    },
  }, async (bed) => {
    const reply = await bed.layer.ask("connect", { cookie: 1n, socketType: 1, destination: shop, boundTo: null });
    assert.ok("remote" in reply);
    await bed.layer.send("connectStarted", { id: reply.remote.id, localPort: 0, wait: false });
    await until("the attempt is given up", () => isOver);
  });
});

Deno.test("loopback goes to the target, but for the session's own listeners and by rule", async () => {
  const rules = defaultRules();
  rules.incoming.mode = "off";
  rules.outgoing.debuggerPorts = [{ first: 9000, last: 9010 }];
  await withBed(echo, async (bed) => {
    const own = { requested: v4(8080, "0.0.0.0"), actual: v4(43_210) };
    await bed.layer.ask("listen", { cookie: 5n, ...own, backlog: 1 });
    const verdict = async (port: number) => {
      const { fd, reply } = await bed.layer.connect(v4(port), { wait: false });
      socket.closeSocket(fd);
      return "local" in reply ? portOf(reply.local.destination) : Object.keys(reply)[0];
    };
    assert.equal(await verdict(8080), 43_210);
    assert.equal(await verdict(8081), "remote");
    assert.equal(await verdict(9005), 9005);
    assert.equal(await verdict(0), 0);
    rules.outgoing.ignoreLocalhost = true;
    assert.equal(await verdict(8080), 8080);
    rules.outgoing.tcp = false;
    const { fd, reply } = await bed.layer.connect(shop, { wait: false });
    socket.closeSocket(fd);
    assert.deepEqual(reply, { local: { destination: shop } });
  }, rules);
});

Deno.test("datagrams go out from the target and come back", async () => {
  await withBed({
    connect: async ({ socketType, destination }, reply, stream) => {
      assert.equal(socketType, socket.SOCK_DGRAM);
      await reply({ ok: { local: podAddress, peer: destination } });
      for (let data; (data = await stream.receive()) !== null;) {
        stream.send(encode(FromPeer, { datagram: bytes(`${text(data)}!`) }));
      }
    },
  }, async (bed) => {
    const resolver = v4(53, "10.96.0.10");
    const fd = socket.openSocket(resolver, socket.SOCK_DGRAM);
    const cookie = socket.socketCookie(fd);
    const reply = await bed.layer.ask("connect", { cookie, socketType: 2, destination: resolver, boundTo: null });
    assert.ok("remote" in reply);
    assert.equal(socket.connectSocket(fd, reply.remote.address), 0);
    const localPort = portOf(socket.localAddress(fd));
    assert.deepEqual(await bed.layer.ask("connectStarted", { id: reply.remote.id, localPort, wait: true }), {
      errno: 0,
    });
    assert.deepEqual(await nameOf(bed, cookie, true), { address: resolver });
    const connection = new Connection(fd, bed.poller);
    const buffer = new Uint8Array(100);
    for (const word of ["one", "", "three"]) {
      connection.tryWrite(bytes(word));
      let count;
      while ((count = connection.tryRead(buffer)) === nothingYet) await connection.readable();
      assert.equal(text(buffer.subarray(0, count)), `${word}!`);
    }
    connection.close();
  });
});

Deno.test("a peer that refuses datagrams is felt by the program, and may be there later", async () => {
  await withBed({
    connect: async ({ destination }, reply, stream) => {
      await reply({ ok: { local: podAddress, peer: destination } });
      for (let data; (data = await stream.receive()) !== null;) {
        const said = text(data) === "refuse" ? { failed: Errno.ECONNREFUSED } : { datagram: data };
        stream.send(encode(FromPeer, said));
      }
    },
  }, async (bed) => {
    const resolver = v4(53, "10.96.0.10");
    const fd = socket.openSocket(resolver, socket.SOCK_DGRAM);
    const cookie = socket.socketCookie(fd);
    const reply = await bed.layer.ask("connect", { cookie, socketType: 2, destination: resolver, boundTo: null });
    assert.ok("remote" in reply);
    socket.connectSocket(fd, reply.remote.address);
    const localPort = portOf(socket.localAddress(fd));
    await bed.layer.ask("connectStarted", { id: reply.remote.id, localPort, wait: true });
    const connection = new Connection(fd, bed.poller);
    const buffer = new Uint8Array(100);
    connection.tryWrite(bytes("refuse"));
    await connection.readable();
    assert.throws(() => connection.tryRead(buffer), { code: Errno.ECONNREFUSED });
    connection.tryWrite(bytes("again"));
    let count;
    while ((count = connection.tryRead(buffer)) === nothingYet) await connection.readable();
    assert.equal(text(buffer.subarray(0, count)), "again");
    connection.close();
  });
});

Deno.test("a unix socket of the target is connected when its path is meant to be remote", async () => {
  const rules = defaultRules();
  rules.outgoing.unixStreams = [/^\/var\/run\/db/];
  await withBed(echo, async (bed) => {
    const ask = (path: string) =>
      bed.layer.ask("connect", {
        cookie: 9n,
        socketType: 1,
        destination: { unix: { path: bytes(path) } },
        boundTo: null,
      });
    const local = { unix: { path: bytes("/tmp/x") } };
    assert.deepEqual(await ask("/tmp/x"), { local: { destination: local } });
    const reply = await ask("/var/run/db.sock\0\0\0");
    assert.ok("remote" in reply);
    const fd = socket.openSocket(reply.remote.address, socket.SOCK_STREAM);
    assert.equal(socket.connectSocket(fd, reply.remote.address), 0);
    assert.deepEqual(await bed.layer.ask("connectStarted", { id: reply.remote.id, localPort: 0, wait: true }), {
      errno: 0,
    });
    assert.equal(await converse(fd, bed.poller), "hello");
    assert.deepEqual(bed.agent.requests, [
      { connect: { socketType: 1, destination: { unix: { path: bytes("/var/run/db.sock") } } } },
    ]);
  }, rules);
});

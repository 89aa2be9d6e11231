import assert from "node:assert/strict";
import type { Stream } from "../../protocol/link/mod.ts";
import { mapped, type SocketAddress } from "../../cli/system/address.ts";
import { Connection, nothingYet } from "../../cli/system/connection.ts";
import { Errno } from "../../cli/system/errno.ts";
import * as socket from "../../cli/system/socket.ts";
import { type Bed, bytes, defaultRules, text, until, v4, v6, withBed } from "./bed.ts";
import { type Behaviour, once } from "./fake_agent.ts";

const client = v4(55_555, "203.0.113.7");
const pod = v4(80, "10.1.0.9");
const modes = { mirror: 1, steal: 2 };

/** An agent that grants every subscription, and those that are open. */
function granting(): { behaviour: Behaviour; open: Map<number, Stream> } {
  const open = new Map<number, Stream>();
  const behaviour: Behaviour = {
    subscribe: async ({ port }, reply, stream) => {
      open.set(port, stream);
      await reply({ ok: { diversion: "none" } });
      while (await stream.read() !== null);
      open.delete(port);
      await stream.end();
    },
  };
  return { behaviour, open };
}

interface Program {
  listener: Connection;
  cookie: bigint;
  actual: SocketAddress;
  errno: number;
}

/** A program that listens: the kernel gives it another port than it asked for. */
async function listen(bed: Bed, requested: SocketAddress, at: SocketAddress = v4(0)): Promise<Program> {
  const fd = socket.openSocket(at, socket.SOCK_STREAM);
  socket.bindSocket(fd, at);
  socket.listenSocket(fd, 16);
  const cookie = socket.socketCookie(fd);
  const actual = socket.localAddress(fd);
  await bed.layer.ask("bound", { cookie, requested, actual });
  const { errno } = await bed.layer.ask("listen", { cookie, requested, actual, backlog: 16 });
  return { listener: new Connection(fd, bed.poller), cookie, actual, errno };
}

async function accept(bed: Bed, program: Program) {
  let fd;
  while ((fd = socket.acceptSocket(program.listener.fd)) === null) await program.listener.readable();
  const names = { peer: socket.peerAddress(fd), local: socket.localAddress(fd) };
  const reply = await bed.layer.ask("accepted", { cookie: socket.socketCookie(fd), ...names });
  return { connection: new Connection(fd, bed.poller), cookie: socket.socketCookie(fd), reply, names };
}

async function read(connection: Connection): Promise<string | null> {
  const buffer = new Uint8Array(65_536);
  let count;
  while ((count = connection.tryRead(buffer)) === nothingYet) await connection.readable();
  return count === 0 ? null : text(buffer.subarray(0, count));
}

function arrive(bed: Bed, stream: Stream, mode: number, source = client): Stream {
  return bed.agent.incoming({ subscription: BigInt(stream.id), mode, source, destination: pod }, { lossy: mode === 1 });
}

Deno.test("a stolen connection reaches the program, which sees the true ends", async () => {
  const { behaviour, open } = granting();
  await withBed(behaviour, async (bed) => {
    const program = await listen(bed, v4(80, "0.0.0.0"));
    assert.equal(program.errno, 0);
    assert.deepEqual(bed.agent.requests, [{ subscribe: { port: 80, mode: 2 } }]);
    const stream = arrive(bed, open.get(80)!, modes.steal);
    const { connection, cookie, reply, names } = await accept(bed, program);
    assert.deepEqual(reply, { source: client, destination: pod });
    const ask = (peerSide: boolean, actual: SocketAddress) => bed.layer.ask("socketName", { cookie, peerSide, actual });
    assert.deepEqual(await ask(true, names.peer), { address: client });
    assert.deepEqual(await ask(false, names.local), { address: pod });
    assert.deepEqual(await bed.layer.ask("socketName", { cookie: program.cookie, peerSide: false, actual: v4(1) }), {
      address: v4(80, "0.0.0.0"),
    });
    await stream.write(bytes("GET /"));
    assert.equal(await read(connection), "GET /");
    await connection.write(bytes("200"));
    assert.equal(text((await stream.read())!), "200");
    connection.endWriting();
    assert.equal(await stream.read(), null);
    await stream.end();
    assert.equal(await read(connection), null);
    connection.close();
  });
});

Deno.test("listeners on every kind of address are reached", async () => {
  const { behaviour, open } = granting();
  await withBed(behaviour, async (bed) => {
    const cases: [SocketAddress, SocketAddress, SocketAddress][] = [
      [v4(0, "0.0.0.0"), client, client],
      [v4(0, "127.0.0.9"), client, client],
      [v6(0), client, mapped(client)],
      [v6(0), v6(5, 0x20, 1, 9), v6(5, 0x20, 1, 9)],
      [v6(0, 1), client, mapped(client)],
      [v4(0), v6(5, 0x20, 1, 9), v4(5)],
    ];
    let port = 7000;
    for (const [at, source, seen] of cases) {
      const program = await listen(bed, { ...at, ...("v4" in at ? v4(++port) : v6(++port)) }, at);
      const stream = arrive(bed, open.get(port)!, modes.steal, source);
      const { connection, reply } = await accept(bed, program);
      assert.deepEqual(reply.source, seen);
      await stream.write(bytes("x"));
      assert.equal(await read(connection), "x");
      connection.close();
      await stream.end();
    }
  });
});

Deno.test("the last listener gets the traffic, and the one before takes over when it is gone", async () => {
  const { behaviour, open } = granting();
  await withBed(behaviour, async (bed) => {
    const [first, second] = [await listen(bed, v4(80)), await listen(bed, v4(80))];
    assert.equal(bed.agent.requests.length, 1);
    arrive(bed, open.get(80)!, modes.steal);
    (await accept(bed, second)).connection.close();
    second.listener.close();
    const subscription = open.get(80)!;
    await new Promise((resolve) => setTimeout(resolve, 50));
    arrive(bed, subscription, modes.steal);
    (await accept(bed, first)).connection.close();
    first.listener.close();
    await until("the subscription is ended", () => open.size === 0);
  });
});

Deno.test("a subscription ends with its listener, and the connections live on", async () => {
  const { behaviour, open } = granting();
  await withBed(behaviour, async (bed) => {
    const program = await listen(bed, v4(80));
    const stream = arrive(bed, open.get(80)!, modes.steal);
    const { connection } = await accept(bed, program);
    const start = performance.now();
    program.listener.close();
    await until("the subscription is ended", () => open.size === 0);
    assert.ok(performance.now() - start < 300);
    await stream.write(bytes("still there"));
    assert.equal(await read(connection), "still there");
    connection.close();
    await stream.end();
  });
});

Deno.test("a program's second socket on one address is refused, whatever the kernel would allow", async () => {
  const { behaviour } = granting();
  await withBed(behaviour, async (bed) => {
    const program = await listen(bed, v4(80, "0.0.0.0"));
    const ask = (cookie: bigint, requested: SocketAddress) =>
      bed.layer.ask("bound", { cookie, requested, actual: v4(0, "0.0.0.0") });
    assert.deepEqual(await ask(program.cookie, v4(80, "0.0.0.0")), { errno: 0 });
    assert.deepEqual(await ask(77n, v4(80, "0.0.0.0")), { errno: Errno.EADDRINUSE });
    assert.deepEqual(await ask(77n, v4(80)), { errno: Errno.EADDRINUSE });
    assert.deepEqual(await ask(77n, v4(81)), { errno: 0 });
    program.listener.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await ask(77n, v4(80)), { errno: 0 });
  });
});

Deno.test("a taken port fails the program's listen and names the holder", async () => {
  await withBed({ subscribe: once({ taken: { holder: "ann@laptop" } }) }, async (bed) => {
    const program = await listen(bed, v4(80));
    assert.equal(program.errno, Errno.EADDRINUSE);
    assert.deepEqual(bed.warnings, ["port 80 of the target is taken by ann@laptop"]);
    program.listener.close();
  });
});

Deno.test("ports are subscribed again when the agent has restarted", async () => {
  const { behaviour, open } = granting();
  await withBed(behaviour, async (bed) => {
    const program = await listen(bed, v4(80));
    const before = open.get(80);
    await bed.agent.restart();
    await until("the port is subscribed again", () => open.get(80) !== undefined && open.get(80) !== before);
    arrive(bed, open.get(80)!, modes.steal);
    const { connection, reply } = await accept(bed, program);
    assert.deepEqual(reply.source, client);
    connection.close();
    assert.deepEqual([bed.warnings, bed.failures], [[], []]);
  });
});

Deno.test("ports that rules keep local are not subscribed, and mapped ones are the target's", async () => {
  const { behaviour, open } = granting();
  const rules = defaultRules();
  Object.assign(rules.incoming, {
    mode: "mirror",
    ignorePorts: [81],
    ignoreLocalhost: true,
    portMapping: [[8080, 80]],
  });
  await withBed(behaviour, async (bed) => {
    const programs = [
      await listen(bed, v4(81, "0.0.0.0")),
      await listen(bed, v4(82)),
      await listen(bed, v4(0, "0.0.0.0")),
    ];
    assert.equal(open.size, 0);
    const program = await listen(bed, v4(8080, "0.0.0.0"));
    assert.deepEqual(bed.agent.requests, [{ subscribe: { port: 80, mode: 1 } }]);
    const copy = arrive(bed, open.get(80)!, modes.mirror);
    const { connection, reply } = await accept(bed, program);
    assert.deepEqual(reply.destination, v4(8080, "10.1.0.9"));
    copy.send(bytes("GET /"));
    assert.equal(await read(connection), "GET /");
    await connection.write(bytes("an answer for nobody"));
    copy.end();
    assert.equal(await read(connection), null);
    connection.close();
    programs.forEach(({ listener }) => listener.close());
  }, rules);
});

Deno.test("a copy waits for a late program, and is broken off beyond the bound", async () => {
  const { behaviour, open } = granting();
  const rules = defaultRules();
  rules.incoming.mode = "mirror";
  await withBed(behaviour, async (bed) => {
    const program = await listen(bed, v4(80));
    const patient = arrive(bed, open.get(80)!, modes.mirror);
    const block = new Uint8Array(60_000);
    const send = async (copy: Stream, blocks: number) => {
      for (let sent = 0; sent < blocks; sent++) {
        copy.send(block);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    };
    await send(patient, 60);
    patient.end();
    const { connection } = await accept(bed, program);
    let received = 0;
    for (let part; (part = await read(connection)) !== null;) received += part.length;
    assert.equal(received, 60 * block.length);
    connection.close();

    const hasty = arrive(bed, open.get(80)!, modes.mirror);
    const { connection: broken } = await accept(bed, program);
    await send(hasty, 300);
    await assert.rejects(async () => {
      while (await read(broken) !== null);
    });
    broken.close();
  }, rules);
});

/** Listeners that are shared, passed on, closed and bound again keep the target's traffic as long as one of them lives. */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, spawn } from "../mirrord.ts";
import { python } from "../programs.ts";
import { linesOf } from "../program_output.ts";
import { publicPort, secondPort } from "../target/scene.ts";

/** A running program that steals, which says what it does in lines of JSON. */
interface Program extends AsyncDisposable {
  next(): Promise<unknown>;
}

async function steal(
  isolated: IsolatedTarget,
  command: string[],
  incoming: object = {},
  rest: object = {},
): Promise<Program> {
  const feature = { network: { incoming: { mode: "steal", ...incoming } } };
  const configured = await withConfiguration({ feature, ...rest });
  const child = spawn(isolated.path, command, { flags: configured.flags });
  const errors = new Response(child.stderr).text();
  const said = linesOf<unknown>(child.stdout);
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  return {
    async next() {
      const { value, done } = await said.next();
      if (done) throw new Error(`the program has ended: ${await errors}`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself.
      }
      await child.status;
      await said.return(undefined);
      await errors;
      await configured[Symbol.asyncDispose]();
    },
  };
}

/** What all programs are made of. `serve` answers one request of each connection. */
const prelude = `
import json, os, signal, socket, sys, time
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
def say(value): print(json.dumps(value), flush=True)
def listener(port=${publicPort}, host="0.0.0.0", reuse=False):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind((host, port)); s.listen(); return s
def answer(s, text):
    c, peer = s.accept(); c.recv(9999)
    c.sendall(f"HTTP/1.0 200 OK\\r\\ncontent-length: {len(text)}\\r\\n\\r\\n{text}".encode()); c.close(); return peer
def serve(s, text):
    while True: answer(s, text)
`;

const stolen = (isolated: IsolatedTarget, text: string, port = publicPort) =>
  eventually(() => isolated.get(port), text).then((found) => assert.equal(found, text));

Deno.test("forked workers share a listener; it is served as long as one of them lives", async () => {
  await using isolated = await IsolatedTarget.start();
  await using program = await steal(
    isolated,
    python(`${prelude}
s = listener()
workers = [os.fork() for _ in range(1)]
if workers[-1] == 0: serve(s, "worker")
s.close(); say("closed")
time.sleep(2); os.kill(workers[0], 9); os.waitpid(workers[0], 0); say("ended"); time.sleep(60)`),
  );
  assert.equal(await program.next(), "closed");
  await stolen(isolated, "worker");
  assert.equal(await program.next(), "ended");
  await stolen(isolated, "target");
});

Deno.test("a listener goes on across exec", async () => {
  await using isolated = await IsolatedTarget.start();
  const after = `${prelude}s = socket.socket(fileno=int(sys.argv[1])); say(s.getsockname()); serve(s, "after exec")`;
  await using program = await steal(
    isolated,
    python(`${prelude}
s = listener(); s.set_inheritable(True)
os.execv(sys.executable, [sys.executable, "-c", ${JSON.stringify(after)}, str(s.fileno())])`),
  );
  assert.deepEqual(await program.next(), ["0.0.0.0", publicPort]);
  await stolen(isolated, "after exec");
});

Deno.test("a connection lives on when its listener is closed, and new ones go to the target", async () => {
  await using isolated = await IsolatedTarget.start();
  await using program = await steal(
    isolated,
    python(`${prelude}
s = listener(); d = s.dup(); d.close(); s.listen(5); say("listening")
c, peer = s.accept(); say([peer, c.getpeername() == peer, c.getsockname()[1]])
s.close(); say("closed")
while data := c.recv(99): c.sendall(b"echo " + data)`),
  );
  assert.equal(await program.next(), "listening");
  await eventually(() => isolated.order({ do: "open", port: publicPort }).then(() => "open"), "open");
  const [peer, isSame, port] = await program.next() as [[string, number], boolean, number];
  assert.match(peer[0], /^10\.98\.0\.1$/);
  assert.deepEqual([isSame, port], [true, publicPort]);
  assert.equal(await program.next(), "closed");
  await stolen(isolated, "target");
  assert.equal(await isolated.order({ do: "say", id: 1, text: "still there" }), "echo still there");
});

Deno.test("a port is bound once, is free again after its end, and may be shared on purpose", async () => {
  await using isolated = await IsolatedTarget.start();
  await using program = await steal(
    isolated,
    python(`${prelude}
def errno(make):
    try: make(); return 0
    except OSError as error: return error.errno
s = listener(); say(errno(listener)); s.close()
a, b = listener(reuse=True), listener(reuse=True)
a.close(); say("one left"); serve(b, "the other")`),
  );
  assert.equal(await program.next(), 98);
  assert.equal(await program.next(), "one left");
  await stolen(isolated, "the other");
});

for (const door of ["preload", "supervisor"]) {
  Deno.test(`one listener for both families, and one for each, at the same port (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    const text = `${prelude}
import select
def six(only):
    s = socket.socket(socket.AF_INET6); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only); s.bind(("::", ${publicPort})); s.listen(); return s
both = six(0); say("both"); say(answer(both, "both")[0]); both.close()
each = [listener(), six(1)]; say("each")
while True:
    ready, _, _ = select.select(each, [], [])
    for s in ready: answer(s, "each")`;
    await using program = await steal(isolated, python(text), {}, { experimental: { door } });
    assert.equal(await program.next(), "both");
    await stolen(isolated, "both");
    assert.equal(await program.next(), "::ffff:10.98.0.1");
    assert.equal(await program.next(), "each");
    await stolen(isolated, "each");
  });
}

Deno.test("a program reaches its own listener, on loopback, too", async () => {
  await using isolated = await IsolatedTarget.start();
  await using program = await steal(
    isolated,
    python(`${prelude}
import threading
s = listener(host="127.0.0.1")
threading.Thread(target=serve, args=(s, "own"), daemon=True).start()
c = socket.create_connection(("127.0.0.1", ${publicPort}), 5); c.sendall(b"x"); say(c.recv(999).decode()[-3:])
time.sleep(60)`),
  );
  assert.equal(await program.next(), "own");
  await stolen(isolated, "own");
});

Deno.test("port_mapping, listen_ports and ignore_ports", async () => {
  await using isolated = await IsolatedTarget.start();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const actual = free.addr.port;
  free.close();
  const text = (port: number) =>
    python(`${prelude}
s = listener(${port}); say([s.getsockname()[1], open("/proc/net/tcp").read().count(":%04X 00000000:0000 0A" % ${actual})])
serve(s, "mapped")`);
  {
    await using program = await steal(isolated, text(9191), { port_mapping: [[9191, publicPort]] });
    assert.deepEqual(await program.next(), [9191, 0]);
    await stolen(isolated, "mapped");
  }
  {
    await using program = await steal(isolated, text(secondPort), { listen_ports: [[secondPort, actual]] });
    assert.deepEqual(await program.next(), [secondPort, 1]);
    await stolen(isolated, "mapped", secondPort);
  }
  await using program = await steal(isolated, text(secondPort), { ignore_ports: [secondPort] });
  assert.deepEqual(await program.next(), [secondPort, 0]);
  assert.equal(await isolated.get(secondPort), "target");
});

for (const isStatic of [false, true]) {
  Deno.test(`an accept that waits is ended by signals and by its own limit${isStatic ? ", in a static program" : ""}`, async () => {
    await using isolated = await IsolatedTarget.start();
    const program = await cProgram("accepting", { musl: true, flags: isStatic ? ["-static"] : [] });
    const { stdout, stderr } = await exec(isolated.path, [program, String(publicPort)], { flags: ["--steal"] });
    assert.equal(stderr, "");
    assert.equal(stdout, "signal: interrupted, handled\nlimit: limit\nrestarted: yes, handled\n");
  });
}

Deno.test("Node's cluster: workers get connections of the primary's listener, and know who is there", async () => {
  await using isolated = await IsolatedTarget.start();
  const file = new URL("../../apps/node/cluster.js", import.meta.url).pathname;
  await using program = await steal(isolated, ["node", file, String(publicPort)]);
  assert.equal(await program.next(), "listening");
  await stolen(isolated, "cluster 10.98.0.1");
});

/** The true error of a connection that cannot be had, blocking or not, and no event loop that stands still. */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";
import { address, refusedPort, unreachableAddress } from "../target/scene.ts";

const probe = `
import errno, json, select, socket, sys, time
def blocking(host, port):
    s = socket.socket(); started = time.time()
    try: s.connect((host, port)); return "connected"
    except OSError as e: return errno.errorcode[e.errno]
def nonblocking(host, port):
    s = socket.socket(); s.setblocking(False)
    started = time.time()
    rc = s.connect_ex((host, port))
    took = time.time() - started
    if rc not in (0, errno.EINPROGRESS): return errno.errorcode[rc]
    assert took < 0.1, f"connect took {took}s"
    select.select([], [s], [s], 5)
    rc = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return errno.errorcode.get(rc, "connected") if rc else "connected"
cases = {"refused": ("${address}", ${refusedPort}), "unreachable": ("${unreachableAddress}", 80), "open": ("${address}", 9000)}
print(json.dumps({name: [blocking(*to), nonblocking(*to)] for name, to in cases.items()}))
`;

Deno.test("a refused or unreachable peer gives the true errno", async () => {
  await using isolated = await IsolatedTarget.start();
  const { stdout, stderr, code } = await exec(isolated.path, ["python3", "-c", probe]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), {
    refused: ["ECONNREFUSED", "ECONNREFUSED"],
    unreachable: ["ENETUNREACH", "ENETUNREACH"],
    open: ["connected", "connected"],
  });
});

const loop = `
const net = require("node:net");
let last = performance.now(), longest = 0;
const timer = setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; }, 5);
let left = 20; const codes = {};
for (let i = 0; i < 20; i++) {
  const socket = net.connect(${refusedPort}, "${address}");
  socket.on("error", (error) => { codes[error.code] = (codes[error.code] || 0) + 1; if (--left === 0) done(); });
}
function done() { clearInterval(timer); console.log(JSON.stringify({ codes, longest })); }
`;

Deno.test("an event loop goes on while connections fail", async () => {
  await using isolated = await IsolatedTarget.start();
  const { stdout, stderr } = await exec(isolated.path, ["node", "-e", loop]);
  assert.equal(stderr, "");
  const { codes, longest } = JSON.parse(stdout);
  assert.deepEqual(codes, { ECONNREFUSED: 20 });
  assert.ok(longest < 200, `the loop stood still for ${longest} ms`);
});

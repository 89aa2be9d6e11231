/**
 * Large files of the target come as they are read (M-101, M-108): only what is asked for, by every program, through both doors,
 * while the file changes, the tunnel is cut and processes are killed.
 */
import assert from "node:assert/strict";
import { withConfiguration } from "../configuration.ts";
import { Forwarder } from "../forwarder.ts";
import { HandStartedAgent } from "../hand_started_agent.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, mirrordFile, type Outcome, quietEnv, spawn } from "../mirrord.ts";
import { python } from "../programs.ts";
import { agentsOf, leftoversAfter, sessionOf } from "../running_session.ts";

const write = ["--fs-mode", "write"];
/** Each line has ten bytes and tells where it stands. */
const firstLine = 100_000_000;
const lineBytes = 10;

function assertSucceeded({ code, stderr }: Outcome): void {
  assert.equal(stderr, "");
  assert.equal(code, 0);
}

/** `/srv/lines` with so many bytes. */
async function makeLines(isolated: IsolatedTarget, bytes: number): Promise<void> {
  await isolated.shell(`seq ${firstLine} ${firstLine + bytes / lineBytes - 1} > /srv/lines`);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A target that is reached over a road of so many bytes a second. */
async function onRoad(
  bytesPerSecond: number,
  test: (isolated: IsolatedTarget, road: Forwarder, flags: string[]) => Promise<void>,
): Promise<void> {
  await using isolated = await IsolatedTarget.start();
  await using agent = await HandStartedAgent.start({ targetPid: isolated.pid });
  await using road = new Forwarder(agent.port, bytesPerSecond);
  await test(isolated, road, ["-f", await agent.configuration({ address: road.address })]);
}

Deno.test("of ten gigabytes only what is read comes", async () => {
  await onRoad(20 << 20, async (isolated, _, flags) => {
    await isolated.shell("truncate -s 10G /srv/ten; printf 'the end' >> /srv/ten");
    await isolated.shell("printf middle | dd of=/srv/ten bs=1 seek=5G conv=notrunc status=none");
    const commands = [
      "head -c 100 /srv/ten | wc -c",
      "tail -c 7 /srv/ten",
      "dd if=/srv/ten bs=6 count=1 skip=5G iflag=skip_bytes status=none",
      "busybox tail -c 7 /srv/ten",
      "stat -c ' %s %h' /srv/ten",
    ];
    const beganMs = performance.now();
    const outcome = await exec(null, ["bash", "-c", commands.join("; ")], { flags });
    assertSucceeded(outcome);
    assert.equal(outcome.stdout, "100\nthe endmiddlethe end 10737418247 1\n");
    // The whole would take more than eight minutes.
    assert.ok(performance.now() - beganMs < 20_000);
  });
});

Deno.test("all of a large file is what it is there, however it is read", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 300_000_000);
  const sum = (await isolated.shell("sha256sum < /srv/lines")).trim();
  const script = `
import hashlib, mmap, os, random, re, sys
pid = os.popen("ps -eo pid,args | grep intproxy").read()
f = os.open("/srv/lines", os.O_RDONLY)
size = os.fstat(f).st_size
m = mmap.mmap(f, size, prot=mmap.PROT_READ)
for n in range(300):
    at = random.randrange(size // 10 - 500) * 10
    wanted = b"".join(b"%d\\n" % (${firstLine} + at // 10 + k) for k in range(450))
    assert os.pread(f, 4500, at) == wanted and m[at:at + 4500] == wanted, at
r, w = os.pipe()
if os.fork() == 0:
    os.close(r)
    sent = 0
    while sent < size: sent += os.sendfile(w, f, sent, size - sent)
    os._exit(0)
os.close(w)
digest = hashlib.sha256()
while piece := os.read(r, 1 << 20): digest.update(piece)
print(digest.hexdigest() + "  -")`;
  const commands = [python(script), ["sha256sum", "-"], ["busybox", "sha256sum", "-"]];
  for (const command of commands) {
    const shell = ["bash", "-c", 'exec "$@" < /srv/lines', "-", ...command];
    const outcome = await exec(isolated.path, shell);
    assertSucceeded(outcome);
    assert.equal(outcome.stdout.trim(), sum);
  }
  assertSucceeded(await exec(isolated.path, ["bash", "-c", "cat /srv/lines | cmp - /srv/lines"]));
});

Deno.test("who reads a large file takes little memory of the proxy", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 300_000_000);
  const text = `
import os, sys
files = [os.open("/srv/lines", os.O_RDONLY) for n in range(8)]
for step in range(30_000_000 // 65536):
    for k, f in enumerate(files): assert os.pread(f, 65536, k * 30_000_000 + step * 65536)[10:11].isdigit()
print("read", flush=True)
sys.stdin.read()`;
  const child = spawn(isolated.path, ["bash", "-c", `tail -f /dev/null | python3 -c '${text}'`]);
  try {
    const session = await sessionOf(child.pid);
    const before = highestBytes(session.proxyPid);
    for await (const piece of child.stdout) if (new TextDecoder().decode(piece).includes("read")) break;
    const grown = highestBytes(session.proxyPid) - before;
    assert.ok(grown < 128 << 20, `${grown} bytes more`);
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await child.stderr.cancel();
  }
});

/** The most memory that a process has had. */
function highestBytes(pid: number): number {
  return Number(/VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1]) * 1024;
}

Deno.test("a thousand descriptors and many readers at once", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 40_000_000);
  const text = `
import os, threading
before = len(os.listdir("/proc/self/fd"))
files = [os.open("/srv/lines", os.O_RDONLY) for n in range(1000)]
wrong = []
def check(k):
    for n in range(k, 1000, 20):
        at = n * 39_990
        if os.pread(files[n], 10, at) != b"%d\\n" % (${firstLine} + at // 10): wrong.append(n)
threads = [threading.Thread(target=check, args=(k,)) for k in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for f in files: os.close(f)
print(wrong, len(os.listdir("/proc/self/fd")) - before <= 4)`;
  const script =
    `ulimit -n 4096; python3 -c '${text}'; for n in 1 2 3 4 5 6; do cksum < /srv/lines & done | uniq | wc -l`;
  const outcome = await exec(isolated.path, ["bash", "-c", `${script}; wait`]);
  assertSucceeded(outcome);
  assert.equal(outcome.stdout, "[] True\n1\n");
});

Deno.test("a tunnel that is cut while a large file is read loses nothing", async () => {
  await onRoad(20 << 20, async (isolated, road, flags) => {
    await makeLines(isolated, 60_000_000);
    const child = spawn(null, ["sha256sum", "/srv/lines"], { flags });
    const output = child.output();
    await sessionOf(child.pid);
    for (let cut = 0; cut < 5; cut++) {
      await delay(400);
      road.cut();
    }
    const { stdout, stderr } = await output;
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(new TextDecoder().decode(stdout), await isolated.shell("sha256sum /srv/lines"));
  });
});

Deno.test("an agent that is killed while a large file is read is replaced, and the bytes go on", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 60_000_000);
  const text = `
import hashlib, os, sys, time
digest = hashlib.sha256()
with open("/srv/lines", "rb", buffering=0) as f:
    while piece := f.read(1 << 20):
        digest.update(piece)
        time.sleep(0.05)
print(digest.hexdigest(), "", "/srv/lines")`;
  const child = spawn(isolated.path, python(text));
  const output = child.output();
  await sessionOf(child.pid);
  await delay(500);
  for (const agent of agentsOf(isolated.pid)) Deno.kill(agent, "SIGKILL");
  const { stdout, stderr } = await output;
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(new TextDecoder().decode(stdout), await isolated.shell("sha256sum /srv/lines"));
});

Deno.test("who waits for a tunnel can be killed, and so can the proxy", async () => {
  await onRoad(20 << 20, async (isolated, road, flags) => {
    await makeLines(isolated, 60_000_000);
    const script = "exec 3< /srv/lines 4< /srv/lines; echo open; sleep 1; sha256sum <&3 & sleep 1; kill $!; wait $!; " +
      "echo ended $?; cat <&4 > /dev/null && echo never";
    const child = spawn(null, ["bash", "-c", script], { flags });
    const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await said.read()).value, "open\n");
    const session = await sessionOf(child.pid);
    const silence = road.blackHole(8000, "hold");
    const beganMs = performance.now();
    assert.equal((await said.read()).value, "ended 143\n");
    assert.ok(performance.now() - beganMs < 4000);
    await delay(300);
    Deno.kill(session.proxyPid, "SIGKILL");
    assert.equal((await said.read()).done, true);
    assert.notEqual((await child.status).code, 0);
    assert.deepEqual(await leftoversAfter(session, null, 5000), []);
    await Promise.all([silence, child.stderr.cancel()]);
  });
});

Deno.test("a large file that changes in the target is never a mixture", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 20_000_000);
  const text = `
import os, sys, time
def until(check):
    end = time.time() + 20
    while not check():
        if time.time() > end: return False
        time.sleep(0.05)
    return True
f = os.open("/srv/lines", os.O_RDONLY)
while os.read(f, 1 << 20): pass
time.sleep(1.5)
print("grow", flush=True)
print(until(lambda: os.read(f, 20) == b"one more line and an"), flush=True)
print(os.read(f, 100), os.fstat(f).st_size, flush=True)
print("overwrite", flush=True)
print(until(lambda: os.pread(f, 10, 10_000_000) == b"overwriten"), os.pread(f, 10, 10_000_010), flush=True)
print("truncate", flush=True)
print(until(lambda: os.fstat(f).st_size == 5_000_005), os.pread(f, 100, 5_000_000), flush=True)
print("regrow", flush=True)
print(until(lambda: os.fstat(f).st_size == 6_000_000), os.pread(f, 12, 4_999_998), os.pread(f, 3, 5_999_990), flush=True)
print("replace", flush=True)
until(lambda: os.path.exists("/srv/replaced"))
g = os.open("/srv/lines", os.O_RDONLY)
print(os.pread(f, 10, 0), os.pread(g, 10, 0), flush=True)
print("remove", flush=True)
until(lambda: not os.path.exists("/srv/lines"))
time.sleep(0.3)
print(os.pread(f, 10, 4_000_000), os.pread(g, 10, 8), os.fstat(g).st_nlink, flush=True)`;
  const child = spawn(isolated.path, python(text));
  const changes: Record<string, string> = {
    grow: "echo one more line and another >> /srv/lines",
    overwrite: "printf overwriten | dd of=/srv/lines bs=1 seek=10000000 conv=notrunc status=none",
    truncate: "truncate -s 5000005 /srv/lines",
    regrow: "truncate -s 6000000 /srv/lines",
    replace:
      "cp /srv/lines /srv/new; printf replaced | dd of=/srv/new bs=1 conv=notrunc status=none; mv /srv/new /srv/lines; touch /srv/replaced",
    remove: "rm /srv/lines",
  };
  const told: string[] = [];
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (changes[line] === undefined) told.push(line);
      else await isolated.shell(changes[line]);
    }
  }
  assert.deepEqual(told, [
    "True",
    "b'other\\n' 20000026",
    "True b'101000001\\n'",
    "True b'10050'",
    "True b'9\\n10050\\x00\\x00\\x00\\x00\\x00' b'\\x00\\x00\\x00'",
    "b'100000000\\n' b'replaced0\\n'",
    "b'100400000\\n' b'0\\n10000000' 0",
  ]);
  assert.equal(await new Response(child.stderr).text(), "");
});

Deno.test("a large file that is written to here is one file", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 40_000_000);
  const text = `
import mmap, os
r = os.open("/srv/lines", os.O_RDONLY)
m = mmap.mmap(r, 4096, prot=mmap.PROT_READ)
print(os.pread(r, 10, 0), m[:3])
w = os.open("/srv/lines", os.O_RDWR)
os.pwrite(w, b"changed", 0)
os.pwrite(w, b"behind", 40_000_000)
print(os.pread(r, 10, 0), m[:7], os.pread(r, 99, 39_999_995), os.fstat(r).st_size, os.stat("/srv/lines").st_size)
a = os.open("/srv/lines", os.O_WRONLY | os.O_APPEND)
for n in range(2000): os.write(a, b"%04d\\n" % n)
print(os.pread(r, 5, 40_000_006 + 1999 * 5), os.lseek(r, 0, os.SEEK_END), os.lseek(a, 0, os.SEEK_CUR))
shared = mmap.mmap(w, 8192)
shared[4096:4100] = b"mmap"
shared.flush()
print(os.pread(r, 4, 4096))
os.ftruncate(w, 30_000_000)
print(os.fstat(r).st_size, os.pread(r, 9, 29_999_990))
os.truncate("/srv/lines", 20_000_000)
print(os.fstat(r).st_size, len(os.pread(r, 99, 19_999_990)))
os.posix_fallocate(w, 0, 21_000_000)
print(os.fstat(w).st_size, os.pread(r, 2, 20_999_990))
os.fsync(w)
os.close(w)
os.close(a)
print(os.pread(r, 7, 0))
t = os.open("/srv/lines", os.O_WRONLY | os.O_TRUNC)
print(os.fstat(r).st_size, os.pread(r, 7, 0))
os.write(t, b"short")
os.fsync(t)
print(os.pread(r, 99, 0))`;
  const outcome = await exec(isolated.path, python(text), { flags: write });
  assertSucceeded(outcome);
  assert.deepEqual(outcome.stdout.split("\n"), [
    "b'100000000\\n' b'100'",
    "b'changed00\\n' b'changed' b'9999\\nbehind' 40000006 40000006",
    "b'1999\\n' 40010006 40010006",
    "b'mmap'",
    "30000000 b'102999999'",
    "20000000 10",
    "21000000 b'\\x00\\x00'",
    "b'changed'",
    "0 b''",
    "b'short'",
    "",
  ]);
  assert.equal(await eventually(() => isolated.shell("cat /srv/lines"), "short"), "short");
});

Deno.test("what is written to a large file arrives, also in pieces and by static programs", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 40_000_000);
  await isolated.shell("cp /srv/lines /srv/copy");
  const script = "busybox dd if=/dev/urandom of=/tmp/mirrord-noise bs=4096 count=3000 2>/dev/null; " +
    "busybox dd if=/tmp/mirrord-noise of=$1 bs=4096 seek=100 conv=notrunc 2>/dev/null; " +
    "dd if=/tmp/mirrord-noise of=$1 bs=100000 seek=300 conv=notrunc status=none; " +
    "for n in $(seq 50); do echo line $n >> $1; done; sed -i 's/^100000007$/another/' $1; sha256sum < $1";
  const noise = await Deno.makeTempDir({ prefix: "mirrord-streaming-" });
  try {
    const run = script.replaceAll("/tmp/mirrord-noise", `${noise}/noise`);
    const flags = [...write];
    const outcome = await exec(isolated.path, ["bash", "-c", run, "-", "/srv/lines"], { flags });
    assertSucceeded(outcome);
    assert.equal(await isolated.shell("sha256sum < /srv/lines"), outcome.stdout);
    assert.equal(await isolated.shell("tail -n 1 /srv/lines; sed -n 8p /srv/lines"), "line 50\nanother\n");
  } finally {
    await Deno.remove(noise, { recursive: true });
  }
});

Deno.test("who has changed their user reads and writes a large file, through both doors", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 5_000_000);
  const script = "setpriv --reuid 65534 --regid 65534 --clear-groups bash -c " +
    '\'busybox head -c 10 /srv/lines; stat -c %s /srv/lines; python3 -c "import os; f = os.open(\\"/srv/lines\\", 2); ' +
    'os.pwrite(f, b\\"nobody\\", 0); print(os.fstat(f).st_size, os.pread(f, 10, 0))"\'; head -c 10 /srv/lines';
  for (const door of ["auto", "supervisor"]) {
    await using configuration = await withConfiguration({ experimental: { door } });
    await makeLines(isolated, 5_000_000);
    const outcome = await exec(isolated.path, ["bash", "-c", script], { flags: [...write, ...configuration.flags] });
    assertSucceeded(outcome);
    assert.equal(outcome.stdout, "100000000\n5000000\n5000000 b'nobody000\\n'\nnobody000\n");
  }
});

Deno.test("a full disk is told to who wrote to a large file", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell("mkdir /srv/small && mount -t tmpfs -o size=3m small /srv/small");
  await isolated.shell("head -c 2000000 /dev/zero > /srv/small/f");
  const text = `
import os
f = os.open("/srv/small/f", os.O_WRONLY)
os.lseek(f, 0, os.SEEK_END)
for n in range(30): os.write(f, bytes(100_000))
try: os.fsync(f)
except OSError as e: print(e.strerror)
print(os.fstat(f).st_size < 3_200_000)`;
  const { stdout, stderr } = await exec(isolated.path, python(text), { flags: write });
  assert.equal(stdout, "No space left on device\nTrue\n");
  assert.match(stderr, /^(mirrord: what was written to \/srv\/small\/f could not be brought .*\n)?$/);
});

Deno.test("large files are fetched whole where the kernel lets nobody serve files, and the log says so", async () => {
  await using isolated = await IsolatedTarget.start();
  await makeLines(isolated, 5_000_000);
  const log = await Deno.makeTempFile({ prefix: "mirrord-streaming-" });
  try {
    const configuration = `${log}.json`;
    const internal = { log_destination: log, log_level: "info" };
    await Deno.writeTextFile(configuration, JSON.stringify({ internal_proxy: internal }));
    const without = ["unshare", "--mount", "bash", "-c", 'mount --bind /dev/null /dev/fuse && exec "$@"', "-"];
    const command = [mirrordFile, "exec", "-t", isolated.path, "-f", configuration, "--", "sha256sum", "/srv/lines"];
    const [program, ...args] = [...without, ...command];
    const { stdout, code } = await new Deno.Command(program!, { args, env: quietEnv }).output();
    assert.equal(code, 0);
    assert.equal(new TextDecoder().decode(stdout), await isolated.shell("sha256sum /srv/lines"));
    assert.match(await Deno.readTextFile(log), /large files are fetched whole, not as they are read: .*/);
    await Deno.remove(configuration);
  } finally {
    await Deno.remove(log);
  }
});

Deno.test("who is not root makes the file system in namespaces of their own", async () => {
  await onRoad(20 << 20, async (isolated, _, flags) => {
    await isolated.shell("truncate -s 2G /srv/two; printf end >> /srv/two");
    // Without this right nothing can be mounted outside of such namespaces.
    const without = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"];
    const args = [...without.slice(1), mirrordFile, "exec", ...flags, "--", "tail", "-c", "3", "/srv/two"];
    const beganMs = performance.now();
    const { stdout, stderr } = await new Deno.Command(without[0]!, { args, env: quietEnv }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(new TextDecoder().decode(stdout), "end");
    assert.ok(performance.now() - beganMs < 20_000);
  });
});

/**
 * Files of the target that programs write to: redirections, processes that are killed, writers on both sides, full disks,
 * tunnels that are cut, logs that grow (M-100, M-101, M-102, M-109, M-110).
 */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { Forwarder } from "../forwarder.ts";
import { HandStartedAgent } from "../hand_started_agent.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, type Outcome, spawn } from "../mirrord.ts";
import { python } from "../programs.ts";

const write = ["--fs-mode", "write"];

function assertSucceeded({ code, stderr }: Outcome): void {
  assert.equal(stderr, "");
  assert.equal(code, 0);
}

Deno.test("a shell's redirections come from and go to the target", async () => {
  await using isolated = await IsolatedTarget.start();
  const script = "echo one > /srv/a; echo two >> /srv/a; (echo three; echo four) >> /srv/a; cat < /srv/a; " +
    "seq 20000 | tee /srv/b | tail -n 1; exec 3<> /srv/c; echo five >&3; cat /srv/c; wc -l < /srv/b";
  const outcome = await exec(isolated.path, ["bash", "-c", script], { flags: write });
  assertSucceeded(outcome);
  assert.equal(outcome.stdout, "one\ntwo\nthree\nfour\n20000\nfive\n20000\n");
  const seen = () => isolated.shell("cat /srv/a /srv/c; seq 20000 | cmp - /srv/b && echo same");
  assert.equal(await eventually(seen, "one\ntwo\nthree\nfour\nfive\nsame\n"), "one\ntwo\nthree\nfour\nfive\nsame\n");
});

Deno.test("what a program wrote before it was killed arrives", async () => {
  await using isolated = await IsolatedTarget.start();
  const text = `
import os, signal
f = os.open("/srv/k", os.O_WRONLY | os.O_CREAT, 0o600)
os.write(f, bytes(range(250)) * 40000)
os.kill(os.getpid(), signal.SIGKILL)`;
  const { signal } = await exec(isolated.path, python(text), { flags: write });
  assert.equal(signal, "SIGKILL");
  const digest = "python3 -c 'import hashlib; print(hashlib.md5(bytes(range(250)) * 40000).hexdigest())'";
  const check = `stat -c '%s %a' /srv/k; [ "$(md5sum < /srv/k)" = "$(${digest})  -" ] && echo same`;
  const wanted = "10000000 600\nsame\n";
  assert.equal(await eventually(() => isolated.shell(check), wanted), wanted);
});

Deno.test("two sides append to one log, and no line is lost", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell("touch /srv/log");
  const text = `
import os, time
f = os.open("/srv/log", os.O_WRONLY | os.O_APPEND)
for n in range(200):
    os.write(f, b"here %d\\n" % n)
    time.sleep(0.005)`;
  const theirs = isolated.shell("for n in $(seq 0 199); do echo there $n >> /srv/log; sleep 0.02; done");
  assertSucceeded(await exec(isolated.path, python(text), { flags: write }));
  await theirs;
  const count = () => isolated.shell("grep -c ^here /srv/log; grep -c ^there /srv/log; wc -l < /srv/log");
  assert.equal(await eventually(count, "200\n200\n400\n"), "200\n200\n400\n");
});

Deno.test("a full disk is told at fsync, and to the user", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell("mkdir /srv/small && mount -t tmpfs -o size=64k small /srv/small");
  const driver = await cProgram("file_calls", { flags: ["-static"] });
  const script = `printf 'open 0 f 66 0644\\nwrite 0 900000 1\\nfsync 0\\n' | ${driver} /srv/small`;
  const { stdout, stderr } = await exec(isolated.path, ["bash", "-c", script], { flags: write });
  assert.match(stdout, /fsync 0: ENOSPC/);
  assert.match(stderr, /what was written to \/srv\/small\/f could not be brought to the target: no space left/);
});

Deno.test("a tunnel that is cut while a program writes loses nothing", async () => {
  await using isolated = await IsolatedTarget.start();
  await using agent = await HandStartedAgent.start({ targetPid: isolated.pid });
  await using road = new Forwarder(agent.port, 20 << 20);
  const text = `
import os, sys, time
f = os.open("/srv/w", os.O_WRONLY | os.O_CREAT, 0o644)
for n in range(100):
    os.write(f, bytes([n]) * 100000)
    print(n, flush=True)
    time.sleep(0.02)`;
  const flags = ["-f", await agent.configuration({ address: road.address }), ...write];
  const child = spawn(null, python(text), { flags });
  const output = child.output();
  await eventually(() => isolated.shell("[ -s /srv/w ] && echo begun"), "begun\n");
  for (let cut = 0; cut < 4; cut++) {
    road.cut();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const { code, stderr } = await output;
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(code, 0);
  const check =
    'python3 -c \'print(open("/srv/w", "rb").read() == b"".join(bytes([n]) * 100000 for n in range(100)))\'';
  assert.equal(await eventually(() => isolated.shell(check), "True\n"), "True\n");
});

Deno.test("a file that grows in the target is read on", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell("echo first > /srv/log");
  const text = `
import time
with open("/srv/log", "rb", buffering=0) as f:
    end = time.time() + 30
    while time.time() < end:
        piece = f.read(100)
        if piece: print(piece.decode(), end="", flush=True)
        if b"last" in piece: break
        time.sleep(0.05)`;
  const child = spawn(isolated.path, python(text));
  const output = child.output();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await isolated.shell("echo second >> /srv/log; sleep 0.3; echo last >> /srv/log");
  assert.equal(new TextDecoder().decode((await output).stdout), "first\nsecond\nlast\n");
});

Deno.test("what never ends is read from a pipe, and takes no memory", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell("mkfifo /srv/fifo");
  const theirs = isolated.shell("(echo from; sleep 0.3; echo far) > /srv/fifo");
  const env = { MIRRORD_FILE_READ_ONLY_PATTERN: "^/dev/urandom$" };
  const script = "head -c 3000000 /dev/urandom | wc -c; cat /srv/fifo; cat < /srv/greeting.txt";
  const outcome = await exec(isolated.path, ["bash", "-c", script], { env });
  await theirs;
  assertSucceeded(outcome);
  assert.equal(outcome.stdout, "3000000\nfrom\nfar\nhello from the target\n");
});

Deno.test("modes and lists decide about writing", async () => {
  await using isolated = await IsolatedTarget.start();
  const folder = await Deno.makeTempDir({ prefix: "mirrord-files-test-" });
  try {
    const configuration = `${folder}/mirrord.json`;
    const fs = { mode: "read", read_write: ["^/srv/folder/"], read_only: ["^/srv/folder/fixed"] };
    await Deno.writeTextFile(configuration, JSON.stringify({ feature: { fs } }));
    const text = `
import os
def attempt(path, opener=None):
    try:
        with open(path, "w", opener=opener) as f: f.write("written")
        return "written"
    except OSError as e:
        return e.strerror
print(attempt("/srv/folder/new"))
print(attempt("/srv/elsewhere"))
d = os.open("/srv", os.O_RDONLY | os.O_DIRECTORY)
print(attempt("relative", lambda path, flags: os.open(path, flags, dir_fd=d)))
os.close(os.open("folder/beside", os.O_WRONLY | os.O_CREAT, dir_fd=d))`;
    const outcome = await exec(isolated.path, python(text), { flags: ["-f", configuration] });
    assertSucceeded(outcome);
    // Locally there is no such place: what is not for the target is written here.
    const local = await Deno.stat("/srv").then(() => "written", () => "No such file or directory");
    assert.equal(outcome.stdout, `written\n${local}\n${local}\n`);
    const list = () => isolated.shell("cd /srv; cat folder/new; ls folder/beside; ls elsewhere relative 2>&1 | wc -l");
    assert.equal(await eventually(list, "writtenfolder/beside\n2\n"), "writtenfolder/beside\n2\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
    for (const name of ["elsewhere", "relative"]) await Deno.remove(`/srv/${name}`).catch(() => {});
  }
});

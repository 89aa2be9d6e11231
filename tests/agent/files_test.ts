/** Each request about files, against what the target itself would be told. */
import assert from "node:assert/strict";
import type { Session } from "../../protocol/link/mod.ts";
import { startAgent } from "./support/agent_process.ts";
import { ask, begin, bytesOf, readAll, readFile, type RequestBody, textOf } from "./support/requests.ts";
import { inTarget, startTarget, type TestTarget } from "./support/target.ts";

const EPERM = 1, ENOENT = 2, ENXIO = 6, EACCES = 13, EEXIST = 17, ENOTDIR = 20, EISDIR = 21, EINVAL = 22;
const EROFS = 30, ELOOP = 40, ESRCH = 3;
const O_WRONLY = 1, O_CREAT = 0o100, O_EXCL = 0o200, O_DIRECTORY = 0o200000, O_NOFOLLOW = 0o400000;

/** Makes the files that the tests look at. */
async function furnish(target: TestTarget): Promise<void> {
  await inTarget(
    target,
    `
    echo secret-of-the-target > /etc/secret
    echo hello > /data/hello
    mkdir -p /data/folder/sub /data/private /data/many
    chmod 700 /data/private; echo deep > /data/private/deep
    echo deep > /data/folder/sub/deep
    ln -s /etc/secret /data/absolute
    ln -s ../../../../../../../../etc/secret /data/upwards
    ln -s hello /data/relative
    ln -s loop /data/loop
    ln -s /data/folder /data/to-folder
    ln -s nowhere /data/dangling
    mkfifo /data/fifo /data/silent
    cd /data/many && seq -f 'file-%.0f' 1 3000 | xargs touch
    truncate -s 1000000 /data/sparse
    printf 'x' > "/data/$(printf 'name\\377')"
    chmod 640 /data/hello; chown 12:34 /data/hello
    touch -d '2001-02-03 04:05:06.123456789' /data/hello
    chmod 600 /data/folder/sub/deep
    `,
  );
}

Deno.test("files", async (t) => {
  await using target = await startTarget();
  await furnish(target);
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();

  await t.step("stat and lstat tell what the kernel tells the target", async () => {
    for (
      const path of ["/data/hello", "/data/relative", "/data/sparse", "/data/folder", "/data/fifo", "/dev/zero", "/"]
    ) {
      for (const followLinks of [true, false]) {
        const reply = await ask(session, "stat", { path: bytesOf(path), followLinks });
        assert("ok" in reply, path);
        assert.equal(statLine(reply.ok), await statOf(target, path, followLinks), path);
      }
    }
  });

  await t.step("the time of birth is told", async () => {
    const reply = await ask(session, "stat", { path: bytesOf("/data/hello"), followLinks: true });
    const expected = Number(await inTarget(target, "stat -c %W /data/hello"));
    assert("ok" in reply);
    assert.equal(Number(reply.ok.born?.seconds ?? 0n), expected);
  });

  await t.step("neither links nor dots lead out of the target's root", async () => {
    for (const path of ["/data/absolute", "/data/upwards", "/../../../etc/secret", "/data/../../../etc/secret"]) {
      assert.equal(textOf(await readFile(session, path) as Uint8Array), "secret-of-the-target\n", path);
    }
  });

  await t.step("a path may hold any bytes", async () => {
    const path = Uint8Array.of(...bytesOf("/data/name"), 0xff);
    assert("ok" in await ask(session, "stat", { path, followLinks: true }));
    const withZero = await ask(session, "stat", { path: Uint8Array.of(0x2f, 0, 0x61), followLinks: true });
    assert.deepEqual(withZero, { failed: { errno: EINVAL } });
  });

  await t.step("realPath and readLink", async () => {
    const real = async (path: string) => answered(await ask(session, "realPath", { path: bytesOf(path) }));
    const link = async (path: string) => answered(await ask(session, "readLink", { path: bytesOf(path) }));
    assert.equal(await real("/data/to-folder/sub/../sub/deep"), "/data/folder/sub/deep");
    assert.equal(await real("/data/upwards"), "/etc/secret");
    assert.equal(await real("/"), "/");
    assert.equal(await real("/data/dangling"), ENOENT);
    assert.equal(await real("/data/loop"), ELOOP);
    assert.equal(await link("/data/absolute"), "/etc/secret");
    assert.equal(await link("/data/dangling"), "nowhere");
    assert.equal(await link("/data/hello"), EINVAL);
    assert.equal(await link("/data/missing"), ENOENT);
  });

  await t.step("readDirectory lists names with types and inodes", async () => {
    for (const path of ["/data", "/data/many", "/data/private", "/proc"]) {
      const { stream, reply } = await begin(session, "readDirectory", { path: bytesOf(path) });
      await stream.end();
      assert("directory" in reply);
      if (path === "/proc") continue;
      const listed = reply.directory.entries.map(({ name, type, inode }) => `${textOf(name)} ${type} ${inode}`);
      assert.deepEqual(listed.sort(), (await listing(target, path)).sort());
    }
    const onFile = await begin(session, "readDirectory", { path: bytesOf("/data/hello") });
    assert.deepEqual(onFile.reply, { failed: { errno: ENOTDIR } });
    await onFile.stream.end();
  });

  await t.step("askEntries answers about many names as each would be answered", async () => {
    const names = ["hello", "folder", "relative", "missing", "private"];
    const request = { directory: bytesOf("/data"), names: [...names, "..", "folder/sub"].map(bytesOf) };
    const { answers } = await ask(session, "askEntries", { ...request, question: { stat: {} } });
    for (const [index, name] of names.entries()) {
      const alone = await ask(session, "stat", { path: bytesOf(`/data/${name}`), followLinks: false });
      assert.deepEqual(answers[index], "ok" in alone ? { stat: alone.ok } : alone, name);
    }
    const refused = { failed: { errno: EINVAL } };
    assert.deepEqual(answers.slice(names.length), [refused, refused], "no entry leads elsewhere");
    const attribute = { name: bytesOf("system.posix_acl_access") };
    const values = await ask(session, "askEntries", { ...request, question: { getAttribute: attribute } });
    for (const [index, name] of names.entries()) {
      const path = bytesOf(`/data/${name}`);
      const alone = await ask(session, "getAttribute", { path, ...attribute, followLinks: false });
      assert.deepEqual(values.answers[index], "ok" in alone ? { value: alone.ok } : alone, name);
    }
    const elsewhere = { ...request, directory: bytesOf("/data/missing"), question: { stat: {} } };
    assert.deepEqual(await ask(session, "askEntries", elsewhere), { answers: [] });
  });

  await t.step("opening a directory lists it too", async () => {
    const { stream, reply } = await begin(session, "openFile", {
      path: bytesOf("/data/folder"),
      flags: 0,
      contentMax: 1n << 40n,
    });
    await stream.end();
    assert("directory" in reply);
    assert.deepEqual(reply.directory.entries.map(({ name }) => textOf(name)), ["sub"]);
  });

  await t.step("opening fails as it would in the target", async () => {
    const cases: [string, number, number][] = [
      ["/data/missing", 0, ENOENT],
      ["/data/hello/below", 0, ENOTDIR],
      ["/data/hello", O_DIRECTORY, ENOTDIR],
      ["/data/relative", O_NOFOLLOW, ELOOP],
      ["/data/loop", 0, ELOOP],
      ["/data/folder", O_WRONLY, EISDIR],
      ["/data/hello", O_CREAT | O_EXCL, EEXIST],
      // What follows would change the target, or reach beyond files.
      ["/data/hello", O_WRONLY, EROFS],
      ["/data/missing", O_CREAT, EROFS],
      ["/dev/tty", 0, ENOENT],
    ];
    for (const [path, flags, errno] of cases) assert.equal(await readFile(session, path, flags), errno, path);
    await inTarget(target, "mknod /dev/disk b 254 0; mknod /dev/tty c 5 0");
    assert.equal(await readFile(session, "/dev/disk"), EPERM);
    assert.equal(await readFile(session, "/dev/tty"), EPERM);
    using listener = Deno.listen({ transport: "unix", path: `${target.root}/data/socket` });
    assert.equal(await readFile(session, "/data/socket"), ENXIO, `${listener.addr}`);
  });

  await t.step("files whose size is 0 are read to their end, and /proc/self is the target", async () => {
    const status = textOf(await readFile(session, "/proc/self/status") as Uint8Array);
    assert.match(status, /^Name:\tsleep\n/);
    assert.match(status, /^Pid:\t1$/m);
    const interfaces = textOf(await readFile(session, "/proc/net/dev") as Uint8Array);
    assert.match(interfaces, /target0:/);
    assert.equal(await readFile(session, "/proc/1/exe"), EACCES);
  });

  await t.step("an endless device is sent only as fast as it is read", async () => {
    const { stream, reply } = await begin(session, "openFile", {
      path: bytesOf("/dev/zero"),
      flags: 0,
      contentMax: 1n << 40n,
    });
    assert("file" in reply);
    let length = 0;
    while (length < 5_000_000) length += (await stream.read())!.length;
    stream.reset(0);
    assert("ok" in await ask(session, "stat", { path: bytesOf("/"), followLinks: true }));
  });

  await t.step("a pipe waits for its writer and holds up nobody", async () => {
    const open = (path: string) => begin(session, "openFile", { path: bytesOf(path), flags: 0, contentMax: 1n << 40n });
    const silent = await Promise.all(Array.from({ length: 40 }, () => open("/data/silent")));
    const { stream, reply } = await open("/data/fifo");
    assert("file" in reply);
    assert.equal(textOf(await readFile(session, "/etc/secret") as Uint8Array), "secret-of-the-target\n");
    await inTarget(target, "(echo one; sleep 0.1; echo two) > /data/fifo");
    assert.equal(textOf(await readAll(stream) as Uint8Array), "one\ntwo\n");
    for (const each of silent) each.stream.reset(0);
  });

  await t.step("access asks for root's rights", async () => {
    assert.deepEqual(await accessOf(session, "/data/private/deep", 6), 0);
    assert.deepEqual(await accessOf(session, "/data/hello", 1), EACCES);
    assert.deepEqual(await accessOf(session, "/data/missing", 0), ENOENT);
    assert.deepEqual(await accessOf(session, "/data/hello", 8), EINVAL);
  });

  await t.step("statFilesystem", async () => {
    const reply = await ask(session, "statFilesystem", { path: bytesOf("/dev") });
    assert("ok" in reply);
    const { type, blockSize, blocks, nameLimit } = reply.ok;
    const expected = (await inTarget(target, "stat -f -c '%t %s %b %l' /dev")).trim();
    assert.equal(`${type.toString(16)} ${blockSize} ${blocks} ${nameLimit}`, expected);
  });

  await t.step("200 MB arrive unchanged", async () => {
    await inTarget(target, "head -c 200000000 /dev/urandom > /data/large");
    const sum = (await inTarget(target, "sha256sum /data/large")).split(" ")[0];
    const began = performance.now();
    const content = await readFile(session, "/data/large") as Uint8Array<ArrayBuffer>;
    const seconds = (performance.now() - began) / 1000;
    assert.equal(new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex(), sum);
    console.log(`200 MB in ${seconds.toFixed(2)} s (${(200 / seconds).toFixed(0)} MB/s)`);
  });

  await t.step("no descriptor is left open", () => {
    const links = [...Deno.readDirSync(`/proc/${agent.pid}/fd`)].map(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/${agent.pid}/fd/${name}`);
      } catch {
        return "";
      }
    });
    assert.deepEqual(links.filter((link) => /\/data\/|\/etc\/secret|^\/dev\/zero/.test(link)), []);
  });

  await t.step("once the target has ended its files are gone", async () => {
    Deno.kill(target.pid, "SIGKILL");
    let reply = await ask(session, "stat", { path: bytesOf("/"), followLinks: true });
    for (let tries = 0; !("failed" in reply) && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      reply = await ask(session, "stat", { path: bytesOf("/"), followLinks: true });
    }
    assert.deepEqual(reply, { failed: { errno: ESRCH } });
  });
  await session.end("done");
});

Deno.test("access of a target that is not root", async () => {
  await using target = await startTarget({ user: 12 });
  await furnish(target);
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  assert.equal(await accessOf(session, "/data/hello", 4), 0);
  assert.equal(await accessOf(session, "/data/folder/sub/deep", 4), EACCES);
  assert.equal(await accessOf(session, "/data/folder/sub/deep", 0), 0);
  assert.equal(await accessOf(session, "/data/private/deep", 0), EACCES);
  assert.equal(await accessOf(session, "/tmp", 2), 0);
  assert.equal(await accessOf(session, "/etc", 2), EACCES);
  // Our own rights came back.
  assert.equal(textOf(await readFile(session, "/data/private/deep") as Uint8Array), "deep\n");
  await session.end("done");
});

Deno.test("a target that is not root changes what it may, and what it makes is its own", async () => {
  await using target = await startTarget({ user: 12 });
  await furnish(target);
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  const change = async (path: string, change: RequestBody<"change">["change"]) =>
    (await ask(session, "change", { path: bytesOf(path), change, expected: null })).errno;
  const create = async (path: string) => {
    const { stream, reply } = await begin(session, "editFile", { path: bytesOf(path), flags: 0o101, mode: 0o640 });
    await stream.end();
    return "failed" in reply ? reply.failed.errno : 0;
  };
  assert.equal(await create("/data/new"), EACCES);
  assert.equal(await create("/data/folder/sub/deep"), EACCES);
  assert.equal(await change("/data/hello", { unlink: {} }), EACCES);
  assert.equal(await change("/data/folder/sub/deep", { changeMode: { mode: 0o777, followLinks: true } }), EPERM);
  assert.equal(await change("/data/private/x", { makeDirectory: { mode: 0o755 } }), EACCES);
  const folder = `/tmp/mirrord-files-test-${crypto.randomUUID()}`;
  try {
    assert.equal(await change(folder, { makeDirectory: { mode: 0o777 } }), 0);
    assert.equal(await create(`${folder}/new`), 0);
    assert.equal(await change(`${folder}/new`, { changeOwner: { uid: 0, gid: 0, followLinks: true } }), EPERM);
    const facts = await inTarget(target, `stat -c '%u %a' ${folder} ${folder}/new`);
    assert.equal(facts, "12 777\n12 640\n");
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
  await session.end("done");
});

async function accessOf(session: Session, path: string, mode: number): Promise<number> {
  return (await ask(session, "access", { path: bytesOf(path), mode, effectiveIds: false })).errno;
}

function answered(reply: { failed: { errno: number } } | { ok: { path: Uint8Array } }): string | number {
  return "ok" in reply ? textOf(reply.ok.path) : reply.failed.errno;
}

type Stat = Extract<Awaited<ReturnType<typeof ask<"stat">>>, { ok: unknown }>["ok"];

function statLine(stat: Stat): string {
  const time = ({ seconds, nanoseconds }: Stat["modified"]) => `${seconds}.${String(nanoseconds).padStart(9, "0")}`;
  const numbers = [stat.device, stat.inode, stat.mode.toString(16), stat.links, stat.uid, stat.gid, stat.size];
  return [...numbers, stat.blockSize, stat.blocks, time(stat.modified), time(stat.changed)].join(" ");
}

async function statOf(target: TestTarget, path: string, followLinks: boolean): Promise<string> {
  const option = followLinks ? "-L" : "";
  return (await inTarget(target, `stat ${option} -c '%d %i %f %h %u %g %s %o %b %.9Y %.9Z' ${path}`)).trim();
}

/** `NAME TYPE INODE`, with the types of readdir(3). */
async function listing(target: TestTarget, path: string): Promise<string[]> {
  const found = await inTarget(target, `find ${path} -mindepth 1 -maxdepth 1 -printf '%f %y %i\\n'`);
  const types: Record<string, number> = { p: 1, c: 2, d: 4, b: 6, f: 8, l: 10, s: 12 };
  return found.trim().split("\n").map((line) =>
    line.replace(/ (.) (\d+)$/, (_, type, inode) => ` ${types[type]} ${inode}`)
  );
}

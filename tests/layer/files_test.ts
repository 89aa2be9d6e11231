/** Programs read the target's files, by every way that C, shells and language runtimes have. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { PathSet } from "../../protocol/layer/messages.ts";
import { expectFacts } from "./facts.ts";
import { cProgram, layer, run } from "./programs.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

const big = Uint8Array.from({ length: 3_500_000 }, (_, i) => i % 251);

const files: Script["files"] = {
  "/app/hello.txt": { content: "hello remote\n", mode: 0o640, mtimeSeconds: 1_500_000_000 },
  "/app/empty": { content: "" },
  "/app/secret": { content: "x", mode: 0o200 },
  "/app/group-only": { content: "for the group", mode: 0o044 },
  "/app/broken": { content: "half of it", fails: true },
  "/app/big": { content: big },
  "/app/link": { link: "hello.txt" },
  "/app/sub/deep": { content: "deep" },
  "/app/run.sh": { content: "#!/bin/sh\necho script $1 $(cat /app/sub/deep)\n", mode: 0o755 },
};

const session = async (script: Script = {}) => new ScriptedProxy({ files, ...script }, await layer());

const stat = "100640 13 1500000000.123456789 uid 4242 dev 1234";

/** What the C program must print, with either libc. */
const expected: Record<string, string> = {
  open: "13 hello remote",
  seek: "6 untouched",
  "after-seek": "7 remote",
  write: "-1 EBADF",
  flags: "0 untouched",
  cloexec: "0 untouched",
  mmap: "hello",
  "mmap-write": "-1 EACCES",
  pread: "3 untouched",
  "pread-text": "ell",
  lowest: "0 untouched",
  "lowest-cloexec": "1 untouched",
  missing: "-1 ENOENT",
  forbidden: "-1 EACCES",
  broken: "-1 EIO",
  "not-a-directory": "-1 ENOTDIR",
  "directory-for-writing": "-1 EISDIR",
  "write-stays-local": "-1 ENOENT",
  "not-found-rule": "-1 ENOENT",
  empty: "0 untouched",
  "openat-link": "13 hello remote",
  "raw-openat": "13 hello remote",
  "raw-missing": "-1 ENOENT",
  "big-sum": String(big.reduce((sum, byte) => sum + byte, 0)),
  fopen: "hello remote",
  "fopen-missing": "0 ENOENT",
  freopen: "hello remote",
  "freopen-missing": "0 ENOENT",
  stat,
  "stat-link": stat,
  fstat: stat,
  "fstatat-empty": stat,
  lstat: "120777 9 1000000000.123456789 uid 4242 dev 1234",
  statx: "0 100640 13 birth 1 1111111 mask 1",
  "raw-statx": "0 120777",
  "stat-missing": "-1 ENOENT",
  "stat-local": "0 untouched",
  "access-read": "0 untouched",
  "access-execute": "-1 EACCES",
  "access-write-is-local": "-1 ENOENT",
  "access-missing": "-1 ENOENT",
  xattr: "-1 ENOTSUP",
  readlink: "9 untouched",
  "readlink-text": "hello.txt",
  "readlink-cut": "3 untouched",
  "readlink-cut-text": "hel.",
  "readlink-file": "-1 EINVAL",
  realpath: "/app/hello.txt",
  "realpath-allocated": "/app/hello.txt",
  "realpath-missing": "0 ENOENT",
  statfs: "0 ef53 1000 800",
  statvfs: "0 700 255 1000",
  fstatfs: "0 ef53",
  readdir: "..:4 .:4 big:8 broken:8 empty:8 group-only:8 hello.txt:8 link:10 run.sh:8 secret:8 sub:4",
  fstatat: stat,
  "fstat-directory": "40755 4096 1000000000.123456789 uid 4242 dev 1234",
  "openat-relative": "4 deep",
  "openat-relative-missing": "-1 ENOENT",
  "opendir-file": "0 ENOTDIR",
  "opendir-missing": "0 ENOENT",
  scandir: "3 untouched",
};

Deno.test("C: a glibc program sees the target's files", async () => {
  await using proxy = await session();
  expectFacts(await run([await cProgram("files")], { session: proxy }), expected);
});

Deno.test("C: a fortified program with 64-bit names sees the same", async () => {
  await using proxy = await session();
  const flags = ["-O2", "-D_FORTIFY_SOURCE=2", "-D_FILE_OFFSET_BITS=64"];
  expectFacts(await run([await cProgram("files", { flags })], { session: proxy }), expected);
});

Deno.test("C: a musl program sees the same, with the same library", async () => {
  await using proxy = await session();
  const { statx: _, "raw-statx": __, ...known } = expected;
  expectFacts(await run([await cProgram("files", { musl: true })], { session: proxy }), known);
});

Deno.test("C: nftw, ftw and glob walk the target's tree", async () => {
  await using proxy = await session();
  const walked = {
    nftw: "0 deep=file,1004 sub=directory,0",
    "nftw-after": "0 deep=file,1004 sub=after,0",
    "nftw-stopped": "2 deep=file,1004 sub=directory,0",
    "nftw-missing": "-1",
    ftw: "0 /app/sub/deep=file,4 /app/sub=directory,0",
  };
  expectFacts(await run([await cProgram("walking")], { session: proxy }), {
    ...walked,
    glob: "0 /app/hello.txt",
    "glob-deep": "0 /app/sub/deep",
  });
  expectFacts(await run([await cProgram("walking", { musl: true })], { session: proxy }), walked);
});

Deno.test("cp -a, tar and du see the whole tree", async () => {
  await using proxy = await session();
  const script = `cp -a /app/sub ${proxy.folder}/copy && cat ${proxy.folder}/copy/deep && echo
    tar cPf - /app/sub /app/hello.txt | tar tPf - && du -ab /app/sub | sort`;
  const { stdout, stderr } = await run(["sh", "-c", script], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, "deep\n/app/sub/\n/app/sub/deep\n/app/hello.txt\n4\t/app/sub/deep\n4100\t/app/sub\n");
});

Deno.test("cat, head, wc, md5sum and cp read the file natively", async () => {
  await using proxy = await session();
  const copy = `${proxy.folder}/copy`;
  const command =
    `cat /app/hello.txt; head -c 5 /app/hello.txt; echo; wc -c < /app/big; cp /app/hello.txt ${copy} && cat ${copy}`;
  const { stdout, stderr } = await run(["sh", "-c", command], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, "hello remote\nhello\n3500000\nhello remote\n");
});

Deno.test("ls and find show the directory with the target's owners, sizes and times", async () => {
  await using proxy = await session();
  const env = { TZ: "UTC", LC_ALL: "C" };
  const listed = await run(["ls", "-ln", "--time-style=+%s", "/app/hello.txt", "/app/sub"], { session: proxy, env });
  strictEqual(listed.stderr, "");
  ok(/^-rw-r----- 1 4242 4343 +13 1500000000 \/app\/hello.txt\n/.test(listed.stdout), listed.stdout);
  ok(/-rw-r--r-- 1 4242 4343 4 1000000000 deep/.test(listed.stdout), listed.stdout);
  const found = await run(["find", "/app", "-type", "f", "-name", "*e*", "-size", "-2", "-printf", "%p %s\n"], {
    session: proxy,
  });
  strictEqual(found.stderr, "");
  deepStrictEqual(found.stdout.trim().split("\n").sort(), [
    "/app/broken 10",
    "/app/empty 0",
    "/app/hello.txt 13",
    "/app/secret 1",
    "/app/sub/deep 4",
  ]);
});

Deno.test("bash redirects from remote files and hands them to children", async () => {
  await using proxy = await session();
  const script = `
    read line < /app/hello.txt; echo "read: $line"
    exec 7< /app/hello.txt; cat <&7; cat <&7; exec 7<&-
    [ -f /app/hello.txt ] && [ ! -e /app/missing ] && [ -d /app/sub ] && [ -L /app/link ] && echo tests
    ( cat /app/sub/deep ) | tr d D
    . /app/run.sh sourced
    echo /app/s*`;
  const { stdout, stderr } = await run(["bash", "-c", script], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(
    stdout,
    "read: hello remote\nhello remote\ntests\nDeepscript sourced deep\n/app/secret /app/sub\n",
  );
});

Deno.test("python reads, walks, and maps", async () => {
  await using proxy = await session();
  const script = `
import os, mmap, pathlib, json, shutil
f = open("/app/hello.txt"); st = os.fstat(f.fileno())
walked = sorted(os.path.join(d, n) for d, _, names in os.walk("/app") for n in names)
fd = os.open("/app/sub", os.O_RDONLY)
print(json.dumps({
  "text": f.read(), "mtime": str(st.st_mtime_ns), "inode": st.st_ino == os.stat("/app/link").st_ino,
  "walked": walked, "glob": sorted(str(p) for p in pathlib.Path("/app").glob("*/*")),
  "map": mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[6:12].decode(),
  "at": open(os.open("deep", os.O_RDONLY, dir_fd=fd)).read(),
  "exists": [os.path.exists("/app/link"), os.path.exists("/app/nope")],
  "total": shutil.disk_usage("/app").total,
}))
open("/app/secret")`;
  const { stdout, stderr } = await run(["python3", "-c", script], { session: proxy });
  ok(stderr.includes("PermissionError: [Errno 13]"), stderr);
  const said = JSON.parse(stdout);
  strictEqual(said.text, "hello remote\n");
  strictEqual(said.mtime, "1500000000123456789");
  strictEqual(said.inode, true);
  strictEqual(said.walked.length, 9);
  deepStrictEqual(said.glob, ["/app/sub/deep"]);
  strictEqual(said.map, "remote");
  strictEqual(said.at, "deep");
  deepStrictEqual(said.exists, [true, false]);
  strictEqual(said.total, 4096000);
});

Deno.test("node reads and looks, synchronously and not", async () => {
  await using proxy = await session();
  const script = `
const fs = require("fs");
const say = { text: fs.readFileSync("/app/hello.txt", "utf8"), names: fs.readdirSync("/app").length,
  types: fs.readdirSync("/app", { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name),
  size: fs.statSync("/app/big").size, mtime: fs.statSync("/app/hello.txt").mtimeMs, real: fs.realpathSync("/app/link") };
try { fs.readFileSync("/app/missing"); } catch (error) { say.missing = error.code; }
fs.promises.readFile("/app/link", "utf8").then((text) => { say.later = text;
  fs.createReadStream("/app/big").on("data", (d) => say.streamed = (say.streamed ?? 0) + d.length)
    .on("end", () => console.log(JSON.stringify(say))); });`;
  const { stdout, stderr } = await run(["node", "-e", script], { session: proxy });
  strictEqual(stderr, "");
  deepStrictEqual(JSON.parse(stdout), {
    text: "hello remote\n",
    names: 9,
    types: ["sub"],
    size: big.length,
    mtime: 1500000000123.4568,
    real: "/app/hello.txt",
    missing: "ENOENT",
    later: "hello remote\n",
    streamed: big.length,
  });
});

Deno.test("a remote script can be executed by its interpreter, and a file nobody but the group may read is read", async () => {
  await using proxy = await session();
  const { stdout, stderr } = await run(["sh", "-c", "sh /app/run.sh one; cat /app/group-only"], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, "script one deep\nfor the group");
});

Deno.test("the proxy's decisions are followed: mapped paths, local and not found", async () => {
  const mapped = `${Deno.makeTempDirSync()}/mapped`;
  Deno.writeTextFileSync(mapped, "mapped locally\n");
  const asked = ["/look/remote", "/look/local", "/look/none"];
  await using proxy = await session({
    rules: [{ path: "/look", beneath: true, sets: PathSet.ask }],
    decisions: {
      "/look/remote": { verdict: 1, mapped: "/app/hello.txt" },
      "/look/local": { verdict: 0, mapped },
      "/look/none": { verdict: 2 },
    },
  });
  const { stdout, stderr } = await run(["cat", ...asked], { session: proxy });
  strictEqual(stdout, "hello remote\nmapped locally\n");
  ok(stderr.endsWith("cat: /look/none: No such file or directory\n"), stderr);
  strictEqual(proxy.asked("decidePath").length, 3);
});

Deno.test("the working directory, the executable and relative paths stay local", async () => {
  await using proxy = await session();
  const cwd = Deno.makeTempDirSync({ dir: "/var" });
  Deno.writeTextFileSync(`${cwd}/own`, "own\n");
  const { stdout } = await run(["sh", "-c", `cat own ${cwd}/own ${cwd.toUpperCase()}/own`], { session: proxy, cwd });
  Deno.removeSync(cwd, { recursive: true });
  strictEqual(stdout, "own\nown\n");
  strictEqual(proxy.asked("openFile").length, 0);
});

Deno.test("the program's own memfds and directories beside the shadows stay its own", async () => {
  await using proxy = await session();
  const script = `
import os
folder = "${proxy.folder}/own"; os.mkdir(folder); fd = os.open(folder, os.O_RDONLY)
made = os.open("made", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=fd); os.write(made, b"mine")
print(os.fstat(fd).st_ino == os.stat(folder).st_ino, os.stat("made", dir_fd=fd).st_size, os.listdir(fd))
print(os.read(os.open("made", os.O_RDONLY, dir_fd=fd), 9), os.access("made", os.R_OK, dir_fd=fd))
os.symlink("made", "link", dir_fd=fd); print(os.readlink("link", dir_fd=fd), os.fstatvfs(fd).f_bsize)
try: os.stat("none", dir_fd=fd)
except OSError as error: print(error.errno)
memory = os.memfd_create("own"); os.write(memory, b"12345"); print(os.fstat(memory).st_size, os.fstat(memory).st_uid)`;
  const { stdout, stderr } = await run(["python3", "-c", script], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, `True 4 ['made']\nb'mine' True\nmade 4096\n2\n5 ${Deno.uid()}\n`);
});

Deno.test("mode local asks nothing, mode write opens for writing at the target", async () => {
  await using local = await session({ config: { filesMode: 0 } });
  strictEqual((await run(["cat", "/app/hello.txt"], { session: local })).code, 1);
  strictEqual(local.requests.length, 0);
  await using writing = await session({ config: { filesMode: 3 } });
  await run(["sh", "-c", "echo x >> /app/hello.txt"], { session: writing });
  const [opened] = writing.asked("openFile");
  strictEqual(opened!.flags & 0o2003, 0o2001);
});

Deno.test("when the proxy dies, files fail loudly and local ones go on", async () => {
  const proxy = await session();
  const script = `cat /app/hello.txt; read wait; cat /app/hello.txt; cat /etc/passwd > /dev/null && echo local`;
  const child = new Deno.Command("bash", {
    args: ["-c", script],
    env: proxy.environment(),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  while (proxy.asked("openFile").length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 100));
  proxy.die();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("go\n"));
  await writer.close();
  const { stdout, stderr } = await child.output();
  await proxy.close();
  strictEqual(new TextDecoder().decode(stdout), "hello remote\nlocal\n");
  strictEqual(new TextDecoder().decode(stderr), "cat: /app/hello.txt: Input/output error\n");
});

/** Calls that change files ask the proxy for the right change of the right file. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { expectFacts } from "./facts.ts";
import { cProgram, layer, run } from "./programs.ts";
import { ScriptedProxy } from "./scripted_proxy.ts";

const files = {
  "/app/hello.txt": { content: "hello remote\n" },
  "/app/sub/deep": { content: "deep" },
};

const write = 3;
const text = new TextDecoder();

/** A request as one line: what is done, where, and its numbers. */
function lineOf(
  { at, change }: { at: { directory: unknown; path: Uint8Array }; change: Record<string, unknown> },
): string {
  const [[kind, values]] = Object.entries(change) as [[string, Record<string, unknown>]];
  const words = Object.values(values).map((value) => {
    if (value instanceof Uint8Array) return `'${text.decode(value)}'`;
    if (typeof value !== "object" || value === null) return String(value);
    if ("path" in value) return `to ${placeOf(value as typeof at)}`;
    return Object.values(value).join(".");
  });
  return [kind, placeOf(at), ...words].join(" ");
}

function placeOf({ directory, path }: { directory: unknown; path: Uint8Array }): string {
  return `${directory === null ? "" : "./"}${text.decode(path)}`;
}

const expectedChanges = `
makeDirectory /app/a 489
makeDirectory /app/b 448
removeDirectory /app/a
unlink /app/a
removeDirectory /app/b
unlink /app/a
rename /app/a to /app/b 0
rename /app/a to /app/b 0
rename /app/a to /app/b 1
link /app/a to /app/b false
link /app/a to /app/b true
symlink /app/b '../text'
symlink /app/b '/text'
makeNode /app/f 4512 0
makeNode /app/f 4512 0
makeNode /app/n 33152 0
truncate /app/a 77
changeMode /app/a 384 true
changeMode ./ 385 true
changeMode /app/a 386 true
changeOwner /app/a 1 2 true
changeOwner /app/a 3 4 false
changeOwner ./ 5 6 true
changeOwner /app/a 7 8 false
setTimes /app/a 9.0 10.0 true
setTimes /app/a 1.2000 3.4000 true
setTimes /app/a 1.2000 3.4000 false
setTimes ./ 1.2000 3.4000 true
setTimes ./ 5.6 7.8 true
setTimes /app/a 5.6 7.8 true
setTimes /app/a 1.2000 3.4000 true
setAttribute /app/a 'user.x' 'value' 1 true
setAttribute ./ 'user.y' 'value' 0 true
removeAttribute /app/a 'user.x' false
unlink /app/raw
rename /app/raw to /app/b 0
changeMode /app/raw 393 true
makeDirectory /app/made-****** 448
unlink /app/sub/deep`.trim().split("\n");

const done = "0 untouched";
const failing = {
  "rename-across": "-1 EXDEV",
  getxattr: "-1 ENOTSUP",
  flistxattr: "-1 ENOTSUP",
  "relative-missing": "-1 ENOENT",
  "getcwd-small": "0 ERANGE",
  "chdir-missing": "-1 ENOENT",
};
const succeeding = [
  ..."mkdir mkdirat rmdir unlink unlinkat remove rename renameat renameat2 link linkat symlink symlinkat mkfifo".split(
    " ",
  ),
  ..."mkfifoat mknod truncate chmod fchmod fchmodat chown lchown fchown fchownat utime utimes lutimes futimes".split(
    " ",
  ),
  ..."futimens utimensat futimesat setxattr fsetxattr lremovexattr raw-unlinkat raw-renameat2 fsync".split(" "),
  ..."raw-fchmodat fdatasync close chdir chdir-relative relative-unlink chdir-local".split(" "),
];

for (const musl of [false, true]) {
  Deno.test(`C: every call that changes files asks the target (${musl ? "musl" : "glibc"})`, async () => {
    await using proxy = new ScriptedProxy({ files, config: { filesMode: write }, isWriting: true }, await layer());
    const flags = musl ? ["-Drenameat2(a,b,c,d,e)=syscall(SYS_renameat2,a,b,c,d,e)"] : [];
    const ended = await run([await cProgram("changing", { musl, flags })], { session: proxy });
    expectFacts({ ...ended, stdout: ended.stdout.replace("deep\nin-child", "in-child") }, {
      ...Object.fromEntries(succeeding.map((name) => [name, done])),
      ...failing,
      inotify_add_watch: "1 untouched",
      mkdtemp: "1 untouched",
      "mkdtemp-name": "1",
      getcwd: "/app",
      get_current_dir_name: "/app",
      relative: "13",
      "relative-stat": "4 untouched",
      "getcwd-below": "/app/sub",
      "in-child": "0",
      "getcwd-local": "/usr/bin",
    });
    const changes = proxy.asked("change").map(lineOf).map((line) => line.replace(/made-\w{6}/, "made-******"));
    deepStrictEqual(changes, expectedChanges);
    deepStrictEqual(proxy.asked("flush").map(({ purpose }) => purpose), [2, 1, 0]);
    strictEqual(proxy.asked("watch").length, 1);
  });
}

/** Functions of libc that open, look or execute inside themselves, where interposition does not see it. */
import { expectFacts } from "./facts.ts";
import { cProgram, layer, run } from "./programs.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

const files: Script["files"] = {
  "/app/hello.txt": { content: "hello remote\n" },
  "/app/link": { link: "hello.txt" },
  "/app/sub/deep": { content: "deep" },
};

const session = async () => new ScriptedProxy({ files }, await layer());

Deno.test("C: scandirat, pathconf, spawned redirections, system and popen reach the target", async () => {
  await using proxy = await session();
  const { stdout, ...ended } = await run([await cProgram("insides")], { session: proxy });
  // What the spawned programs print stands before the line about them.
  expectFacts({ ...ended, stdout: stdout.replaceAll("deepspawn", "spawn") }, {
    scandirat: "3 untouched",
    "scandirat-relative": "3 untouched",
    "scandirat-missing": "-1 ENOENT",
    "scandirat-local": "-1 ENOENT",
    "pathconf-name": "255 untouched",
    "pathconf-missing": "-1 ENOENT",
    "pathconf-path": "4096 untouched",
    "spawn-open": "0 0",
    "spawn-open-missing": "20 0",
    "spawn-open-local": "0 0",
    system: "0 untouched",
    popen: "hello remote",
    "still-clear": "1",
  });
});

Deno.test("C: fts walks the target's tree as glibc walks a local one", async () => {
  await using proxy = await session();
  const hello = "hello.txt=file,1,13";
  expectFacts(await run([await cProgram("walking_fts")], { session: proxy }), {
    fts: `app=in,0,0 ${hello} link=link,1,0 sub=in,1,0 deep=file,2,4 sub=out,1,0 app=out,0,0 0`,
    "fts-skip": `=in,0,0 ${hello} link=file,1,13 sub=in,1,0 sub=out,1,0 =out,0,0 0`,
    "fts-missing": "missing=missing,0,0 0",
    "fts-children": "/app/sub/deep alone",
    "fts-local": "mirrord-fts=in,0,0 mirrord-fts=out,0,0 0",
  });
});

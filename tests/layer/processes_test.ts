/** A session's processes: every way to make and to execute one, and what may happen to the layer in them. */
import { ok, strictEqual } from "node:assert/strict";
import { expectFacts } from "./facts.ts";
import { cProgram, layer, run } from "./programs.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

const files: Script["files"] = { "/app/hello.txt": { content: "hello remote\n" } };
const session = async (script: Script = {}, supervisor?: string) => {
  const built = await layer();
  return new ScriptedProxy({ files, ...script }, supervisor === undefined ? built : { ...built, supervisor });
};

for (const musl of [false, true]) {
  const libc = musl ? "musl" : "glibc";

  Deno.test(`C, ${libc}: forks, also from many threads`, async () => {
    await using proxy = await session();
    expectFacts(await run([await cProgram("processes", { musl }), "forks"], { session: proxy }), {
      before: "1",
      fork: "7 parent 1",
      grandchild: "9",
      vfork: "5 parent 1",
      "vfork-exec": "1 parent 1",
      "threads-that-fork": "160",
    }, /cat: \/app\/missing: No such file/);
  });

  Deno.test(`C, ${libc}: programs close and reuse descriptors that they don't know`, async () => {
    await using proxy = await session();
    expectFacts(await run([await cProgram("processes", { musl }), "descriptors"], { session: proxy }), {
      "all-closed": "1",
      "all-taken": "1",
      "nothing-strayed": "-1",
    });
  });

  Deno.test(`C, ${libc}: signal handlers call, too`, async () => {
    await using proxy = await session();
    expectFacts(await run([await cProgram("processes", { musl }), "signals"], { session: proxy }), {
      signals: "all 1, in handlers 1, some 1",
    });
  });

  Deno.test(`C, ${libc}: the session goes on through exec, whatever the environment`, async () => {
    await using proxy = await session();
    const plain = `${proxy.folder}/plain`;
    Deno.writeTextFileSync(plain, "echo shell $0 $1\n", { mode: 0o755 });
    const ended = await run([await cProgram("processes", { musl }), "executes", plain], { session: proxy });
    const hello = "hello remote";
    const ways = ["execv", "execvp", "execve-empty", "execve-null", "execl", "execlp", "clearenv", "raw-execve"];
    const more = ["fexecve", "posix_spawn", "posix_spawnp", "system", "popen"];
    const complaint = /^(ERROR: ld.so: object '\/nonexistent.so'.*\n|Error loading shared library.*\n)*$/;
    expectFacts(ended, {
      ...Object.fromEntries([...ways, ...more].map((name) => [name, hello])),
      execle: hello,
      "execle-environment": "1",
      "execl-many": "1 2 3 4 5 6 7 8 9",
      "execve-missing": "failed ENOENT",
      "execvp-missing": "failed ENOENT",
      "execvp-directory": "failed EACCES",
      "execvp-plain": musl ? "failed ENOEXEC" : `shell ${plain} word`,
      "posix_spawn-missing": "ENOENT",
    }, complaint);
  });
}

Deno.test("node and python start children, with environments of their own and very large ones", async () => {
  await using proxy = await session();
  const node = `
const { execFileSync, spawnSync } = require("child_process");
console.log(execFileSync("cat", ["/app/hello.txt"], { env: {} }) + spawnSync("cat /app/hello.txt", { shell: true }).stdout);`;
  const fromNode = await run(["node", "-e", node], { session: proxy });
  strictEqual(fromNode.stdout, "hello remote\nhello remote\n\n", fromNode.stderr);
  const python = `
import subprocess, multiprocessing
if __name__ == "__main__":
    many = {f"VARIABLE_{i}": "x" * 20 for i in range(3000)}
    script = ["sh", "-c", "cat /app/hello.txt; echo $# $VARIABLE_2999", *[str(i) for i in range(3000)]]
    print(subprocess.run(script, env=many, capture_output=True, text=True).stdout)
    with multiprocessing.get_context("spawn").Pool(2) as pool: print(pool.map(len, ["one", "three"]))`;
  const file = `${proxy.folder}/many.py`;
  Deno.writeTextFileSync(file, python);
  const fromPython = await run(["python3", file], { session: proxy });
  strictEqual(fromPython.stdout, `hello remote\n2999 ${"x".repeat(20)}\n\n[3, 5]\n`, fromPython.stderr);
});

/** A supervisor that only says how it was called. */
function sayingSupervisor(folder: string): string {
  const path = `${folder}/supervisor`;
  Deno.writeTextFileSync(path, `#!/bin/sh\necho supervised "$@"\n`, { mode: 0o755 });
  return path;
}

Deno.test("static programs and scripts of static interpreters go below the supervisor", async () => {
  const folder = Deno.makeTempDirSync();
  await using proxy = await session({}, sayingSupervisor(folder));
  const program = await cProgram("processes", { flags: ["-static"] });
  Deno.writeTextFileSync(`${folder}/script`, `#!${program} -x\n`, { mode: 0o755 });
  const calls =
    `${program} one two; ${folder}/script three; (exec -a other ${program} four); env -i ${program} five; ` +
    `PATH=${program.slice(0, program.lastIndexOf("/"))}; ${program.slice(program.lastIndexOf("/") + 1)} six`;
  const { stdout, stderr } = await run(["bash", "-c", calls], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(
    stdout,
    `supervised --argv0 ${program} -- ${program} one two\n` +
      `supervised --argv0 ${folder}/script -- ${folder}/script three\n` +
      `supervised --argv0 other -- ${program} four\n` +
      `supervised --argv0 ${program} -- ${program} five\n` +
      `supervised --argv0 ${program.slice(program.lastIndexOf("/") + 1)} -- ${program} six\n`,
  );
  const python =
    `import subprocess, os; subprocess.run(["${program}", "x"], close_fds=False); os.posix_spawn("${program}", ["p", "q"], {})`;
  const spawned = await run(["python3", "-c", `${python}; os.wait()`], { session: proxy });
  ok(spawned.stdout.includes(`supervised --argv0 ${program} -- ${program} x\n`), spawned.stdout);
  ok(spawned.stdout.includes(`supervised --argv0 p -- ${program} q\n`), spawned.stdout + spawned.stderr);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("skipped programs are left alone, and what they start is not", async () => {
  await using proxy = await session({ config: { skipProcesses: [new TextEncoder().encode("bash")] } });
  const { stdout } = await run(["bash", "-c", "read line < /app/hello.txt || echo skipped; cat /app/hello.txt"], {
    session: proxy,
  });
  strictEqual(stdout, "skipped\nhello remote\n");
  const link = `${proxy.folder}/bash`;
  Deno.symlinkSync("/bin/cat", link);
  strictEqual((await run([link, "/app/hello.txt"], { session: proxy })).code, 1);
});

Deno.test("MIRRORD_DONT_LOAD, a supervised process and one without a session see nothing", async () => {
  await using proxy = await session();
  const variables = { MIRRORD_DONT_LOAD: "1", MIRRORD_SUPERVISED: "1", MIRRORD_LAYER_CONFIG: "/nowhere" };
  for (const [name, value] of Object.entries(variables)) {
    const { code } = await run(["cat", "/app/hello.txt"], { session: proxy, env: { [name]: value } });
    strictEqual(code, 1, name);
  }
  const kept = await run(["env", "-i", "/usr/bin/env"], { session: proxy, env: { MIRRORD_SUPERVISED: "1" } });
  strictEqual(kept.stdout, "MIRRORD_SUPERVISED=1\n");
  strictEqual(proxy.joins.length, 0);
});

Deno.test("a process that asks nothing does not connect, and one connection serves a thread", async () => {
  await using proxy = await session();
  await run(["true"], { session: proxy });
  strictEqual(proxy.joins.length, 0);
  await run(["cat", "/app/hello.txt", "/app/hello.txt", "/app/hello.txt"], { session: proxy });
  strictEqual(proxy.joins.length, 1);
  ok(proxy.joins[0]!.program.endsWith("/cat"), proxy.joins[0]!.program);
});

for (const compiler of ["gcc", "musl-gcc"]) {
  Deno.test(`${compiler}: a library's constructor, which runs before the layer's, belongs to the session`, async () => {
    await using proxy = await session();
    const early = `#include <stdio.h>
__attribute__((constructor)) static void early(void) {
  char line[32] = "nothing"; FILE *f = fopen("/app/hello.txt", "r"); if (f) fgets(line, sizeof line, f); printf("%s", line);
}`;
    Deno.writeTextFileSync(`${proxy.folder}/early.c`, early);
    Deno.writeTextFileSync(`${proxy.folder}/main.c`, "int main(void) { return 0; }");
    const build = `cd ${proxy.folder} && ${compiler} -shared -fPIC -o libearly.so early.c && ` +
      `${compiler} -o main main.c -Wl,--no-as-needed -L. -learly -Wl,-rpath,${proxy.folder}`;
    await run(["sh", "-c", build]);
    const { stdout, stderr } = await run([`${proxy.folder}/main`], { session: proxy });
    strictEqual(stdout + stderr, "hello remote\n");
  });
}

Deno.test("the loader started as a command, and a wrong secret", async () => {
  await using proxy = await session();
  const loader = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].find((path) => exists(path))!;
  const { stdout, stderr } = await run([loader, "/bin/cat", "/app/hello.txt"], { session: proxy });
  strictEqual(stdout + stderr, "hello remote\n");
  const address = proxy.environment().MIRRORD_LAYER_INTPROXY_ADDR!.replace(/:.*/, `:${"0".repeat(32)}`);
  const refused = await run(["cat", "/app/hello.txt"], {
    session: proxy,
    env: { MIRRORD_LAYER_INTPROXY_ADDR: address },
  });
  ok(refused.stderr.includes("Input/output error"), refused.stderr);
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test("java reads and connects", { ignore: !exists("/usr/bin/java") }, async () => {
  await using proxy = await session({
    names: { "db.internal": ["10.1.2.3"], "remote-host": ["10.99.0.7"] },
    peers: { "10.1.2.3:80": { greet: "welcome\n" }, "10.1.2.3:81": { errno: 111 } },
  });
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(
    `${folder}/Look.java`,
    `import java.io.*; import java.net.*; import java.nio.file.*;
public class Look { public static void main(String[] a) throws Exception {
  System.out.print(Files.readString(Path.of("/app/hello.txt")));
  System.out.println(new File("/app").list().length + " " + Files.size(Path.of("/app/hello.txt")));
  try (Socket s = new Socket("db.internal", 80)) {
    System.out.println(new BufferedReader(new InputStreamReader(s.getInputStream())).readLine() + " " + s.getRemoteSocketAddress());
  }
  try { new Socket("db.internal", 81); } catch (ConnectException e) { System.out.println("refused"); }
  System.out.println(InetAddress.getLocalHost().getHostName());
} }`,
  );
  const { stdout, stderr } = await run(["java", `${folder}/Look.java`], { session: proxy });
  Deno.removeSync(folder, { recursive: true });
  strictEqual(
    stdout,
    "hello remote\n1 13\nwelcome db.internal/10.1.2.3:80\nrefused\nremote-host\n",
    stderr,
  );
});

/** Every kind of executable, every way to execute one, and deep trees of them: each process belongs to the session. */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec, type Outcome } from "../mirrord.ts";
import { address, datagramPort, hostName, privatePort, target } from "../target/scene.ts";

async function run(command: string[], flags: string[] = []): Promise<Outcome> {
  await using isolated = await IsolatedTarget.start();
  return await exec(isolated.path, command, { flags });
}

const narrowSees =
  `4 ${target.content}${target.content.length} ${target.modifiedSeconds} 1\n${target.file}\n${hostName}\n${target.serviceAnswer}\n`;

for (const flags of [["-m32", "-static"], ["-m32"]]) {
  Deno.test(`a 32-bit program (${flags.join(" ")}) sees the target`, async () => {
    const program = await cProgram("narrow", { flags });
    const words = [program, target.file, target.link, address, String(privatePort)];
    const first = await run(words);
    assert.deepEqual([first.stdout, first.stderr, first.code], [narrowSees, "", 0]);
    const below = await run(["sh", "-c", '"$@"; exit $?', "sh", ...words]);
    assert.deepEqual([below.stdout, below.code], [narrowSees, 0]);
  });
}

Deno.test("calls that only 32-bit programs have answer as in the target", async () => {
  const program = await cProgram("narrow_calls", { flags: ["-m32", "-static"] });
  await using isolated = await IsolatedTarget.start();
  const inside = ["-t", String(isolated.pid), "-U", "-m", "-n", "--preserve-credentials"];
  const words = [address, String(datagramPort)];
  const here = ["mkdir", "/srv/native", "/srv/remote"];
  await new Deno.Command("nsenter", { args: [...inside, ...here] }).output();
  const native = await new Deno.Command("nsenter", { args: [...inside, program, "/srv/native", ...words] }).output();
  const expected = new TextDecoder().decode(native.stdout);
  assert.match(expected, /truncate done\n[^]*a time 1\n$/);
  const { stdout, stderr } = await exec(isolated.path, [program, "/srv/remote", ...words], {
    flags: ["--fs-mode", "write"],
  });
  // The oldest form is told not to exist.
  assert.equal(stdout, expected.replace("oldstat done", "oldstat Function not implemented"), stderr);
});

const unknown = (...ways: string[]) => ways.map((way) => `${way}: Function not implemented\n`).join("");

for (
  const { flags, ways } of [
    { flags: ["-DWITH_LIBURING", "-luring"], ways: ["syscall", "library"] },
    { flags: ["-static", "-DWITH_LIBURING", "-luring"], ways: ["syscall", "library", "instruction"] },
    { flags: ["-static", "-m32"], ways: ["syscall"] },
  ]
) {
  Deno.test(`there is no io_uring for a program that asks by ${ways.join(", ")} (${flags.join(" ")})`, async () => {
    const program = await cProgram("ring", { flags });
    const { stdout, stderr } = await run([program, ...ways]);
    assert.deepEqual([stdout, stderr], [unknown(...ways), ""]);
  });
}

Deno.test("Node reads the target's files where it would use io_uring", async () => {
  const text = `require("fs").promises.readFile("${target.file}", "utf8").then((text) => process.stdout.write(text))`;
  const { stdout } = await run(["env", "UV_USE_IO_URING=1", "node", "-e", text]);
  assert.equal(stdout, target.content);
});

Deno.test("a program with AddressSanitizer, which lets no library in front of its own, sees the target", async () => {
  const program = await cProgram("narrow", { flags: ["-fsanitize=address"] });
  const words = [program, target.file, target.link, address, String(privatePort)];
  const seen = narrowSees.replace(/^4/, "8");
  const first = await run(words);
  assert.deepEqual([first.stdout, first.stderr, first.code], [seen, "", 0]);
  const below = await run(["sh", "-c", '"$@"; exit $?', "sh", ...words]);
  assert.deepEqual([below.stdout, below.stderr, below.code], [seen, "", 0]);
});

Deno.test("either door can be forced", async () => {
  const status = ["sh", "-c", `grep ^Seccomp: /proc/self/status; cat ${target.file}`];
  await using supervised = await withConfiguration({ experimental: { door: "supervisor" } });
  const below = await run(status, supervised.flags);
  assert.deepEqual([below.stdout, below.stderr], [`Seccomp:\t2\n${target.content}`, ""]);
  await using preloaded = await withConfiguration({ experimental: { door: "preload" } });
  const beside = await run([...status.slice(0, 2), `${status[2]}; busybox cat ${target.file}`], preloaded.flags);
  assert.match(beside.stdout, new RegExp(`^Seccomp:\t0\n${target.content}$`));
  assert.match(beside.stderr, /busybox|cat: can't open/);
});

Deno.test("programs without a name, scripts of scripts, and execution by descriptor", async () => {
  const program = `
import ctypes, os, subprocess, sys
def memory(path):
    fd = os.memfd_create("program")
    os.write(fd, open(path, "rb").read())
    return fd
for path, words in (("/bin/cat", ["cat"]), ("/bin/busybox", ["busybox", "cat"])):
    for fd in (memory(path), os.open(path, os.O_RDONLY)):
        pid = os.fork()
        if pid == 0: os.execve(fd, [*words, "${target.file}"], {})
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
folder = sys.argv[1]
for name, line in (("inner", "#!/bin/sh -e"), ("static", "#!/bin/busybox sh"), ("outer", f"#!{folder}/inner word")):
    with open(f"{folder}/{name}", "w") as file: file.write(f'{line}\\necho "$0" >&2; exec cat ${target.file}\\n')
    os.chmod(f"{folder}/{name}", 0o755)
    print(subprocess.run([f"{folder}/{name}"], stderr=subprocess.DEVNULL).returncode, flush=True)`;
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-doors-" });
  try {
    const { stdout, stderr } = await run(["python3", "-c", program, folder]);
    assert.equal(stdout, `${target.content}0\n`.repeat(7), stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a deep tree: bash, make, go run (a build tool, left alone), its static program, node", async () => {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-deep-" });
  try {
    const node = `console.log(require("fs").readFileSync("${target.file}", "utf8").trim(), require("os").hostname())`;
    await Deno.writeTextFile(
      `${folder}/main.go`,
      `package main\nimport ("fmt"; "os"; "os/exec")\nfunc main() {
        text, err := os.ReadFile("${target.file}"); fmt.Print(string(text)); if err != nil { fmt.Println(err) }
        command := exec.Command("node", "-e", ${
        JSON.stringify(node)
      }); command.Stdout = os.Stdout; command.Stderr = os.Stderr; command.Run() }\n`,
    );
    await Deno.writeTextFile(`${folder}/Makefile`, "all:\n\t@CGO_ENABLED=0 go run main.go\n");
    const { stdout, stderr } = await run(["bash", "-c", `make --no-print-directory -C ${folder}; echo $?`]);
    assert.equal(stdout, `${target.content}${target.content.trim()} ${hostName}\n0\n`, stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("skipped processes are left alone, by file and by name, under both doors; what they start is not", async () => {
  const script = `cat ${target.file}; echo; (exec -a other cat ${target.file}); busybox cat ${target.file}; ` +
    `(exec -a odd busybox cat ${target.file}); (exec -a sidekick /bin/sh -c "cat ${target.file}; head -1 ${target.file}"); ` +
    `busybox sh -c "busybox cat ${target.file}; /usr/bin/head -1 ${target.file}"; true`;
  await using skipping = await withConfiguration({ skip_processes: ["cat", "busybox"] });
  const { stdout } = await run(["bash", "-c", script], skipping.flags);
  assert.equal(stdout, `\n${target.content}${target.content}`);
  await using extra = await withConfiguration({ skip_extra_build_tools: ["head"] });
  const tool = await run(["sh", "-c", `head -1 ${target.file}; cat ${target.file}`], extra.flags);
  assert.equal(tool.stdout, target.content);
  await using none = await withConfiguration({ skip_build_tools: false, skip_extra_build_tools: ["head"] });
  assert.equal((await run(["head", "-1", target.file], none.flags)).stdout, target.content);
});

for (const flags of [["-static"], []]) {
  Deno.test(`children by clone, vfork, clone3, and threads that execute (${flags.join() || "dynamic"})`, async () => {
    const program = await cProgram("cloning", { flags });
    const { stdout, stderr } = await run([program, target.file, "/bin/cat"]);
    const { content } = target;
    const kinds = ["shared files and memory", "shared files, memory and directory", "suspended parent"];
    const expected = kinds.map((kind) => `${kind} child: 0\n${kind}: ${content}`).join("");
    assert.deepEqual([stdout, stderr], [`${expected}${content}vfork: 0\nclone3: ${content}${content}its end: 0\n`, ""]);
  });
}

Deno.test("500 processes at once, of both kinds", async () => {
  const script =
    `for i in $(seq 250); do (cat ${target.file}; sleep 3) & busybox sh -c "cat ${target.file}; sleep 3" & done; wait`;
  await using isolated = await IsolatedTarget.start();
  const { stdout, stderr, code } = await exec(isolated.path, ["bash", "-c", script], { timeoutMs: 120_000 });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(stdout, target.content.repeat(500));
});

Deno.test("standard descriptors that are closed stay closed, in each combination, under both doors", async () => {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-closed-" });
  try {
    // What the program opens first gets the lowest number that is free, as natively.
    const look = `for n in 0 1 2; do [ -e /proc/self/fd/$n ] || printf $n >&9; done; ` +
      `exec 8< ${target.file}; read -r line <&8; echo " $line" >&9`;
    const combinations = ["0", "1", "2", "01", "02", "12", "012"];
    const closing = (numbers: string) => [...numbers].map((number) => `${number}>&-`).join(" ");
    const script = ["sh -c", "busybox sh -c"].flatMap((sh) =>
      combinations.map((numbers) => `${sh} '${look}' 9>>${folder}/seen ${closing(numbers)}`)
    );
    await run(["sh", "-c", script.join("\n")]);
    const seen = (await Deno.readTextFile(`${folder}/seen`)).trimEnd().split("\n");
    // The shell's own test has to open /proc/self/fd through nothing: what it sees is what it was given.
    assert.deepEqual(seen, [...combinations, ...combinations].map((numbers) => `${numbers} ${target.content.trim()}`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

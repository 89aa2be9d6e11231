/** A supervised program lives and dies as if it had been started natively, whoever of its companions is killed. */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec, mirrordFile, spawn } from "../mirrord.ts";
import { leftoversAfter, sessionOf } from "../running_session.ts";
import { target } from "../target/scene.ts";

async function shell(script: string): Promise<{ stdout: string; stderr: string; code: number }> {
  await using isolated = await IsolatedTarget.start();
  return await exec(isolated.path, ["bash", "-c", script]);
}

Deno.test("an accept that waits is interrupted, repeated and ended by signals, and gives its port back", async () => {
  const waiting = await cProgram("waiting", { flags: ["-static"] });
  const start = (words: string) => `${waiting} ${words} & pid=$!; sleep 0.5`;
  const script = `${start("7301")}; kill -USR1 $pid; wait $pid; echo $?; ` +
    `${start("7301 restart")}; kill -USR1 $pid; sleep 0.5; kill -TERM $pid; wait $pid; echo $?; ` +
    `${start("7301")}; kill -KILL $pid; wait $pid; echo $?; sleep 0.3; ` +
    `${start("7301")}; kill -INT $pid; kill -TERM $pid; wait $pid; echo $?`;
  const { stdout } = await shell(script);
  const heard = [
    "listening",
    "Interrupted system call",
    "7",
    "listening",
    "143",
    "listening",
    "137",
    "listening",
    "143",
  ];
  assert.deepEqual(stdout.trim().split("\n"), heard);
});

Deno.test("exit codes and signals are the program's", async () => {
  const codes = ["exit 3", "kill -SEGV $$", "kill -TERM $$", "kill -KILL $$", "exit 255"];
  const script = codes.map((code) => `busybox sh -c '${code}' 2>/dev/null; echo $?`).join("; ");
  assert.deepEqual((await shell(`(${script}) 2>/dev/null`)).stdout.trim().split("\n"), [
    "3",
    "139",
    "143",
    "137",
    "255",
  ]);
});

Deno.test("a core dump is the program's, and the shell tells of it where the kernel does", async () => {
  const pattern = (await Deno.readTextFile("/proc/sys/kernel/core_pattern")).trim();
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-core-test-" });
  const crash = `cd ${folder}; ulimit -c unlimited; busybox sh -c 'kill -SEGV $$'; echo $?`;
  try {
    const { stdout, stderr } = await shell(`bash -c "${crash.replaceAll("$", "\\$")}"`);
    assert.equal(stdout, "139\n");
    assert.equal(/Segmentation fault +\(core dumped\)/.test(stderr), !/[/|@]/.test(pattern), stderr);
    // The relay's own is a page.
    for (const { name } of Deno.readDirSync(folder)) {
      assert.ok((await Deno.stat(`${folder}/${name}`)).size > 16_384, name);
    }
    assert.deepEqual([...Deno.readDirSync("/tmp")].filter(({ name }) => name.startsWith("mirrord-core-")), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The parent of the program stands for it towards the shell; `$PPID` of the program answers its calls. */
Deno.test("killing the pid ends the program, and what it has started lives on and is served", async () => {
  const inner = `(sleep 1; cat ${target.file}) & echo $$; exec sleep 60`;
  const script = `busybox sh -c '${inner}' & pid=$!; sleep 0.5; kill -KILL $pid; wait $pid; echo $?; sleep 1.5; ` +
    `pgrep -x sleep --ns $$ >/dev/null; jobs -r | wc -l`;
  const { stdout } = await shell(`(${script}) 2>/dev/null`);
  const [inside, code, ...rest] = stdout.trim().split("\n");
  assert.match(inside!, /^\d+$/);
  assert.deepEqual([code, ...rest], ["137", target.content.trim(), "0"]);
  await assert.rejects(Deno.stat(`/proc/${inside}`), Deno.errors.NotFound);
});

Deno.test("SIGSTOP of the pid stops the program, and SIGCONT lets it go on, as often as wanted", async () => {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-stopped-" });
  const counting = `i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i > ${folder}/next; ` +
    `mv ${folder}/next ${folder}/count; usleep 10000; done`;
  const compare =
    `a=$(cat ${folder}/count); sleep 0.5; b=$(cat ${folder}/count); [ $a = $b ] && echo still || echo moving`;
  const once = `kill -STOP $pid; sleep 0.3; ${compare}; kill -CONT $pid; sleep 0.3; ${compare}; `;
  try {
    const { stdout } = await shell(
      `(busybox sh -c '${counting}' & pid=$!; sleep 0.7; ${once}${once} kill -STOP $pid; kill -KILL $pid; wait $pid; echo $?) 2>/dev/null`,
    );
    assert.equal(stdout, `${"still\nmoving\n".repeat(2)}137\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("killing the supervisor ends its whole tree: nobody is left whose calls fail", async () => {
  const inner = `(trap "" TERM; busybox sleep 61; echo never) & kill -KILL $PPID; sleep 62; echo never`;
  const { stdout } = await shell(
    `(busybox sh -c '${inner}'; echo $?) 2>/dev/null; sleep 0.2; pgrep -fx "busybox sleep 61|sleep 62"`,
  );
  assert.equal(stdout, "137\n");
});

Deno.test("a daemon outlives the program that started it, is served, and the session ends after it", async () => {
  await using isolated = await IsolatedTarget.start();
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-daemon-" });
  const daemon = (name: string, shell: string) =>
    `setsid ${shell} -c '(sleep 1.5; cat ${target.file} > ${folder}/${name}) <&- 2>&- & exit' >&-`;
  const child = spawn(isolated.path, [
    "busybox",
    "sh",
    "-c",
    `${daemon("one", "busybox sh")}; ${daemon("two", "sh")}; sleep 0.7`,
  ]);
  const session = await sessionOf(child.pid);
  assert.equal((await child.output()).code, 0);
  const left = await leftoversAfter(session, isolated.pid, 15_000);
  assert.deepEqual(left, []);
  for (const name of ["one", "two"]) assert.equal(await Deno.readTextFile(`${folder}/${name}`), target.content);
  await Deno.remove(folder, { recursive: true });
});

const terminal = `
import os, pty, re, select, sys, time
def talk(command, steps):
    pid, fd = pty.fork()
    if pid == 0: os.execvp(command[0], command)
    text = ""
    for expected, answer in steps:
        end = time.time() + 20
        while not re.search(expected, text, re.S):
            if time.time() > end: print("timeout", repr(expected), repr(text)); os.kill(pid, 9); sys.exit(1)
            if select.select([fd], [], [], 0.2)[0]:
                try: text += os.read(fd, 4096).decode()
                except OSError: break
        found = re.search(expected, text, re.S)
        text = text[found.end():] if found else ""
        if answer: os.write(fd, answer.encode())
    print("done", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

for (const cat of ["cat", "busybox cat"]) {
  Deno.test(`bash at a terminal: ${cat} is interrupted, stopped and continued as a job`, async () => {
    const steps = [
      ["start# ", `${cat} ${target.file}; echo code $?\n`],
      [`${target.content.trim()}\r\ncode 0\r\nstart# `, `${cat}\n`],
      [`${cat}\r\n`, "word\n"],
      ["word\r\nword\r\n", "\u0003"],
      ["start# ", "echo code $?\n"],
      ["code 130\r\nstart# ", `${cat}\n`],
      [`${cat}\r\n`, "again\n"],
      ["again\r\nagain\r\n", "\u001a"],
      ["Stopped.*start# ", "fg\n"],
      ["fg\r\n", "more\n"],
      ["more\r\n.*more\r\n", "\u0004"],
      ["start# ", "echo code $?; exit 5\n"],
      ["code 0\r\n", null],
    ];
    const bash = ["env", "PS1=start# ", "TERM=dumb", "bash", "--norc", "--noprofile", "--noediting", "-i"];
    const program = `${terminal}\nimport json\ntalk(${JSON.stringify(bash)}, json.loads(${
      JSON.stringify(JSON.stringify(steps))
    }))`;
    await using isolated = await IsolatedTarget.start();
    const { stdout, stderr } = await exec(isolated.path, ["python3", "-c", program], { timeoutMs: 60_000 });
    assert.equal(stdout, "done 5\n", stderr);
  });
}

Deno.test("strace and gdb work under the layer and below the supervisor", async () => {
  const script =
    `strace -qq -e trace=openat -o /dev/null cat ${target.file}; strace -qq -f -o /dev/null busybox cat ${target.file}; ` +
    `busybox sh -c 'strace -qq -f -o /dev/null cat ${target.file}'; ` +
    `for program in /bin/cat "$(command -v busybox)"; do gdb -q -batch -ex 'run cat ${target.file}' -ex 'info inferiors' $program 2>&1 | grep -c exited; done`;
  const { stdout, stderr } = await shell(script);
  assert.equal(stdout, `${target.content.repeat(3)}1\n1\n`, stderr);
});

Deno.test("a program that supervises by itself is told no by the kernel, and the log says why", async () => {
  await using isolated = await IsolatedTarget.start();
  const program = await cProgram("own_listener", { flags: ["-static"] });
  const child = spawn(isolated.path, [program, "2"]);
  const session = await sessionOf(child.pid);
  const { stdout } = await child.output();
  assert.equal(new TextDecoder().decode(stdout), "Device or resource busy\n");
  const name = [...Deno.readDirSync("/tmp")].find(({ name }) => name.endsWith(`-${session.id}.log`))!.name;
  const log = await Deno.readTextFile(`/tmp/${name}`);
  assert.match(log, /cannot watch system calls itself/);
});

Deno.test("mirrord exec below a supervised program is refused in words, with cleared variables, too", async () => {
  await using isolated = await IsolatedTarget.start();
  const cleared = "env -i PATH=$PATH HOME=$HOME MIRRORD_PROGRESS_MODE=off";
  const inner = `${mirrordFile} exec -t ${isolated.path} -- cat ${target.file}`;
  const script = `${inner}; echo $?; ${cleared} ${inner}; echo $?`;
  const { stdout, stderr } = await exec(isolated.path, ["busybox", "sh", "-c", script]);
  assert.equal(stdout, "1\n1\n", stderr);
  assert.equal(stderr.match(/Error: this already runs under mirrord\n/g)?.length, 2, stderr);
});

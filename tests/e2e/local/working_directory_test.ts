/**
 * A working directory at the target: relative names mean what the absolute ones would, through either door, in what is
 * started there too (M-023, M-024, M-101, M-109).
 */
import assert from "node:assert/strict";
import { staticGo } from "../../apps/static_go.ts";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec, type Outcome, type RunOptions } from "../mirrord.ts";
import { python } from "../programs.ts";
import { target } from "../target/scene.ts";

const write = ["--fs-mode", "write"];
const doors = ["preload", "supervisor"] as const;

function assertSaid({ code, stdout, stderr }: Outcome, expected: string): void {
  assert.equal(stderr, "");
  assert.equal(stdout, expected);
  assert.equal(code, 0);
}

/** Runs a command through one door. */
async function through(
  door: string,
  isolated: IsolatedTarget,
  command: string[],
  { flags = [], ...options }: RunOptions = {},
): Promise<Outcome> {
  await using configuration = await withConfiguration({ experimental: { door } });
  return await exec(isolated.path, command, { ...options, flags: [...flags, ...configuration.flags] });
}

/** What a shell says inside the target. */
async function inside(isolated: IsolatedTarget, script: string): Promise<string> {
  const args = ["-t", String(isolated.pid), "-U", "-m", "--preserve-credentials", "bash", "-c", script];
  const { stdout, stderr } = await new Deno.Command("nsenter", { args }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

// This machine has a /srv of its own, without these files.
const walking = `
cd /srv && pwd && pwd -P && cat greeting.txt
cd folder && pwd -P && echo * && cat alpha && echo && cat ../greeting.txt
cd below/.. && ls && readlink ../link && cd .. && pwd -P
cd .. && pwd -P && cd - > /dev/null && ls *.txt && cat /srv/folder/beta && echo
(cd folder && bash -c 'pwd -P; cat gamma; echo' && env -i /bin/sh -c 'cat alpha; echo')
cd /tmp && pwd -P && cd folder 2>&1 | sed 's/.*: //'`;
const walked = `/srv
/srv
hello from the target
/srv/folder
alpha below beta gamma
alpha
hello from the target
alpha
below
beta
gamma
/srv/greeting.txt
/srv
/
greeting.txt
beta
/srv/folder
gamma
alpha
/tmp
No such file or directory
`;

for (const door of doors) {
  Deno.test(`${door}: a shell walks about in the target, which has its files and its names`, async () => {
    await using isolated = await IsolatedTarget.start();
    assertSaid(await through(door, isolated, ["bash", "-c", walking]), walked);
  });
}

const changing = `
set -e; cd /srv; mkdir -p w/a/b; cd w/a; echo one > file; echo two >> ./file; cp file b/copy; mv b/copy ../moved
ln -s ../moved link; cat link; readlink -f link; mv ../../w/a ../z; pwd -P; cat ../z/file; chmod 600 file
stat -c '%a %n' file; cd b; rmdir ../b; cd ..; pwd -P; cd ..; tar -C z -cf all.tar file link; mkdir out
tar -C out -xf all.tar; find out | sort; name=$(mktemp x.XXXXXX); test -e /srv/w/$name; rm $name
printf 'all:\\n\\t@echo $(CURDIR) > made\\n' > z/Makefile; make -s -C z; cat z/made; rm -r out all.tar; ls z`;
const changed = `one
two
/srv/w/moved
/srv/w/z
one
two
600 file
/srv/w/z
out
out/file
out/link
/srv/w/z
Makefile
file
link
made
`;

for (const door of doors) {
  Deno.test(`${door}: what is written by relative names is the target's`, async () => {
    await using isolated = await IsolatedTarget.start();
    assertSaid(await through(door, isolated, ["bash", "-c", changing], { flags: write }), changed);
    const tree = "cd /srv/w; find . -type f -o -type l | sort; stat -c %a z/file";
    assert.equal(await inside(isolated, tree), "./moved\n./z/Makefile\n./z/file\n./z/link\n./z/made\n600\n");
    assert.equal(await Deno.stat("/srv/w").catch(() => null), null);
  });

  Deno.test(`${door}: in mode read, relative writing stays on this machine, as by the absolute path`, async () => {
    await using isolated = await IsolatedTarget.start();
    const folder = await Deno.makeTempDir({ dir: "/srv", prefix: "mirrord-dirs-" });
    try {
      await inside(isolated, `mkdir ${folder}; echo theirs > ${folder}/read; mkdir ${folder}/only-there`);
      const script = `cd ${folder}; cat read; echo mine > new; mkdir made; mv new made/moved; echo again > made/other
        ln made/other second; rm made/other; python3 -c 'import os; os.truncate("second", 3)'; ls; ls ${folder}
        cd made; pwd -P; cd /tmp; cat ${folder}/made/moved 2>&1 | sed 's/.*: //'`;
      const { stdout, stderr } = await through(door, isolated, ["bash", "-c", script]);
      assert.equal(stdout, `theirs\nonly-there\nread\nonly-there\nread\n${folder}/made\nNo such file or directory\n`);
      assert.equal(stderr, "");
      assert.equal(await Deno.readTextFile(`${folder}/made/moved`), "mine\n");
      assert.equal(await Deno.readTextFile(`${folder}/second`), "aga");
      assert.equal(await inside(isolated, `ls ${folder}`), "only-there\nread\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("static programs stand in the target: busybox, and Go, with what they start", async () => {
  await using isolated = await IsolatedTarget.start();
  assertSaid(await exec(isolated.path, ["/bin/busybox", "sh", "-c", walking]), walked);
  await inside(isolated, "mkdir /srv/go");
  const outcome = await exec(isolated.path, [await staticGo("directories"), "/srv/go"], { flags: write });
  assertSaid(outcome, "made moved written /srv/go /srv/go/moved written\n/srv/go/made deep\n");
  assert.equal(await inside(isolated, "cat /srv/go/moved"), "written");
});

Deno.test("a preloaded shell's static child is where its parent is, and the other way round", async () => {
  await using isolated = await IsolatedTarget.start();
  const script =
    "cd /srv/folder; /bin/busybox sh -c 'pwd; cat alpha; cd ..; bash -c \"pwd -P; cat greeting.txt\"'; pwd -P";
  const outcome = await exec(isolated.path, ["bash", "-c", script]);
  assertSaid(outcome, `/srv/folder\nalpha/srv\n${target.content}/srv/folder\n`);
});

const spawning = `
import ctypes, os, socket, subprocess, sys
libc = ctypes.CDLL(None)
def out(*command, **options): return subprocess.run(command, capture_output=True, text=True, **options).stdout.strip()
print(out("pwd", cwd="/srv/folder"), out("cat", "alpha", cwd="/srv/folder"))
actions = ctypes.create_string_buffer(512)
libc.posix_spawn_file_actions_init(actions)
libc.posix_spawn_file_actions_addchdir_np(actions, b"/srv/folder")
words = (ctypes.c_char_p * 3)(b"cat", b"beta", None)
pid = ctypes.c_int()
block = (ctypes.c_char_p * (len(os.environb) + 1))(*[k + b"=" + v for k, v in os.environb.items()], None)
sys.stdout.flush()
assert libc.posix_spawn(ctypes.byref(pid), b"/bin/cat", actions, None, words, block) == 0
os.waitpid(pid.value, 0)
print()
os.chdir("/srv")
here = os.open("folder", os.O_RDONLY)
os.chdir("/")
os.fchdir(here)
print(os.getcwd(), open("gamma").read(), sorted(os.listdir()), os.path.realpath("../link"))
with os.scandir("..") as entries: print([e.name for e in entries if e.is_dir()])
os.chdir("/srv")
print(os.stat("folder").st_ino == os.stat("/srv/folder").st_ino, os.path.samefile(".", "/srv"), os.statvfs(".").f_namemax)
try: os.execv("./greeting.txt", ["x"])
except OSError as error: print(error.strerror)
`;

Deno.test("children that are started in a directory, descriptors, and programs by relative names", async () => {
  await using isolated = await IsolatedTarget.start();
  const expected =
    "/srv/folder alpha\nbeta\n/srv/folder gamma ['alpha', 'below', 'beta', 'gamma'] /srv/greeting.txt\n" +
    "['folder']\nTrue True 255\nNo such file or directory\n";
  assertSaid(await exec(isolated.path, python(spawning)), expected);
});

Deno.test("a unix socket's relative name is the absolute one", async () => {
  await using isolated = await IsolatedTarget.start();
  const folder = await Deno.makeTempDir({ dir: "/srv", prefix: "mirrord-dirs-" });
  try {
    await inside(isolated, `mkdir ${folder}`);
    const script = `
import os, socket
os.chdir("/srv")
there = socket.socket(socket.AF_UNIX); there.connect("stream.sock"); there.sendall(b"hello"); print(there.recv(9))
os.chdir("${folder}")
mine = socket.socket(socket.AF_UNIX); mine.bind("own.sock"); mine.listen()
socket.socket(socket.AF_UNIX).connect("own.sock"); mine.accept()
print(os.path.exists("own.sock"))`;
    const unix_streams = ["^/srv/stream"];
    for (const door of doors) {
      await using configuration = await withConfiguration({
        experimental: { door },
        feature: { network: { outgoing: { unix_streams } } },
      });
      const outcome = await exec(isolated.path, python(script), { flags: configuration.flags });
      assertSaid(outcome, "b'hello'\nFalse\n");
      await Deno.remove(`${folder}/own.sock`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a build tool that is started in the target works there, and is left alone elsewhere", async () => {
  await using isolated = await IsolatedTarget.start();
  const script = `cd /srv; git init -q repository; cd repository; git config user.email a; git config user.name b
    echo text > file; git add file; git commit -qm first; git log --format=%s; git status --short; ls -A
    cd /tmp; git -C /srv/repository log 2>&1 | head -c 5`;
  const outcome = await exec(isolated.path, ["bash", "-c", script], { flags: write });
  assertSaid(outcome, "first\n.git\nfile\nfatal");
  assert.equal(await inside(isolated, "cat /srv/repository/file"), "text\n");
});

Deno.test("rsync copies out of the target and into it", async () => {
  await using isolated = await IsolatedTarget.start();
  const folder = await Deno.makeTempDir({ prefix: "mirrord-dirs-" });
  try {
    const script = `set -e; rsync -a /srv/folder/ ${folder}/out/; ls ${folder}/out; cat ${folder}/out/alpha; echo
      echo new > ${folder}/out/beta; rsync -a --delete --exclude gamma ${folder}/out/ /srv/in/; ls /srv/in; cat /srv/in/beta
      rsync --list-only /srv/in/ | wc -l`;
    const outcome = await exec(isolated.path, ["bash", "-c", script], { flags: write });
    assertSaid(outcome, "alpha\nbelow\nbeta\ngamma\nalpha\nalpha\nbelow\nbeta\nnew\n4\n");
    assert.equal(await inside(isolated, "ls /srv/in; cat /srv/in/beta"), "alpha\nbelow\nbeta\nnew\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a directory that a link leads to is called as the rules find it", async () => {
  await using isolated = await IsolatedTarget.start();
  await inside(
    isolated,
    "mkdir -p /srv/real/below /srv/var; echo secret > /srv/real/below/token; ln -s /srv/real /srv/alias",
  );
  const script = "cd /srv/alias/below; pwd -P; cat token; cd ..; pwd -P; ls";
  assertSaid(await exec(isolated.path, ["bash", "-c", script]), "/srv/real/below\nsecret\n/srv/real\nbelow\n");
  // Where /srv/real is this machine's, the link's name is the only one that leads to the target.
  await using configuration = await withConfiguration({ feature: { fs: { mode: "read", local: ["^/srv/real"] } } });
  const outcome = await exec(isolated.path, ["bash", "-c", script], { flags: configuration.flags });
  assertSaid(outcome, "/srv/alias/below\nsecret\n/srv/alias\nbelow\n");
});

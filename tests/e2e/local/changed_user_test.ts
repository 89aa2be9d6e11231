/** Programs that have changed their user read and write the target's files as any other, through both doors (M-024, M-108). */
import assert from "node:assert/strict";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, spawn } from "../mirrord.ts";
import { python } from "../programs.ts";
import { target } from "../target/scene.ts";

const doors = ["preload", "supervisor"] as const;

async function succeed(command: string[], isolated: IsolatedTarget, door: string): Promise<string> {
  await using configuration = await withConfiguration({ experimental: { door } });
  const flags = ["--fs-mode", "write", ...configuration.flags];
  const { stdout, stderr, code } = await exec(isolated.path, command, { flags });
  assert.deepEqual([stderr, code], ["", 0]);
  return stdout;
}

for (const door of doors) {
  Deno.test(`sudo -u, setpriv, runuser: files are read, written and appended to (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    const write = (file: string) => `"cat ${target.file}; id -u; echo first > ${file}; echo second >> ${file}"`;
    const script = `sudo -u nobody sh -c ${write("/srv/sudo")} 2> /dev/null; ` +
      `setpriv --reuid 65534 --regid 65534 --clear-groups sh -c ${write("/srv/setpriv")}; ` +
      `runuser -u nobody -- sh -c ${write("/srv/runuser")}`;
    assert.equal(await succeed(["sh", "-c", script], isolated, door), `${target.content}65534\n`.repeat(3));
    const content = () => isolated.shell("cat /srv/sudo /srv/setpriv /srv/runuser");
    assert.equal(await eventually(content, "first\nsecond\n".repeat(3)), "first\nsecond\n".repeat(3));
  });

  Deno.test(`a process that changes its user: offsets, flags and locks are as before (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell("echo of the target > /srv/log");
    const program = `
import fcntl, os
before = os.open("/srv/log", os.O_RDWR)
os.setgid(65534); os.setuid(65534)
log = open("/srv/log", "a")
log.write("appended\\n"); log.flush()
other = os.open("/srv/log", os.O_RDONLY | os.O_CLOEXEC)
print(os.lseek(before, 0, os.SEEK_CUR), os.read(other, 100), os.lseek(other, 0, os.SEEK_CUR))
print(os.path.sameopenfile(before, other), os.get_inheritable(other), fcntl.fcntl(other, fcntl.F_GETFL) & os.O_ACCMODE)
fcntl.flock(before, fcntl.LOCK_EX)
try: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError: print("locked")
try: os.write(other, b"x")
except OSError as error: print(error.errno)`;
    const told = "0 b'of the target\\nappended\\n' 23\nTrue False 0\nlocked\n9\n";
    assert.equal(await succeed(python(program), isolated, door), told);
    const content = () => isolated.shell("cat /srv/log");
    assert.equal(await eventually(content, "of the target\nappended\n"), "of the target\nappended\n");
  });

  Deno.test(`a process that has changed its user watches a file of the target (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell("echo first > /srv/log");
    const program = `
import ctypes, os, select, struct
libc = ctypes.CDLL(None, use_errno=True)
os.setgid(65534); os.setuid(65534)
watcher = libc.inotify_init1(0)
print(libc.inotify_add_watch(watcher, b"/srv/log", 2), flush=True)
if select.select([watcher], [], [], 20)[0]: print(struct.unpack("iIII", os.read(watcher, 16)))`;
    const writes = isolated.shell("for turn in $(seq 20); do sleep 0.2; echo more >> /srv/log; done");
    assert.equal(await succeed(python(program), isolated, door), "1\n(1, 2, 0, 0)\n");
    await writes;
  });
}

Deno.test("nginx: workers of nobody's write logs and bodies into the target's directories", async () => {
  // A namespace in which root is the only user would refuse what nginx does first: to give the directory to nobody.
  await using isolated = await IsolatedTarget.start({ hasAllUsers: true });
  await isolated.shell("mkdir -p /srv/web/body");
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-nginx-" });
  await Deno.chmod(folder, 0o755);
  const paths = ["proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `user nobody nogroup; worker_processes 2; daemon off; pid ${folder}/pid; error_log /srv/web/error.log info;
     events { worker_connections 64; }
     http { access_log /srv/web/access.log; client_body_temp_path /srv/web/body; ${paths.join(" ")}
       server { listen 8080; location / { root /srv; }
         location /upload { client_body_in_file_only on; proxy_pass http://127.0.0.1:1/; } } }`,
  );
  const flags = ["--steal", "--fs-mode", "write"];
  const child = spawn(isolated.path, ["nginx", "-p", folder, "-c", `${folder}/nginx.conf`], { flags });
  const stderr = new Response(child.stderr).text();
  try {
    const ask = (text: string) => isolated.order<string>({ do: "exchange", port: 8080, text });
    const got = () => ask("GET /greeting.txt HTTP/1.0\r\n\r\n").then((answer) => answer.split("\r\n\r\n")[1] ?? "");
    assert.equal(await eventually(got, target.content), target.content);
    const body = "sent to the target ".repeat(1000);
    await ask(`POST /upload HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    assert.equal(await eventually(() => isolated.shell("cat /srv/web/body/*"), body), body);
    const lines = () => isolated.shell("grep -o 'POST /upload' /srv/web/access.log");
    assert.equal(await eventually(lines, "POST /upload\n"), "POST /upload\n");
    const notices = () => isolated.shell("grep -o 'buffered to a temporary file' /srv/web/error.log");
    assert.equal(await eventually(notices, "buffered to a temporary file\n"), "buffered to a temporary file\n");
  } finally {
    child.kill("SIGQUIT");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await child.stdout.cancel();
    assert.equal((await child.status).code, 0, await stderr);
    clearTimeout(timer);
    await Deno.remove(folder, { recursive: true });
  }
});

/** Programs that clear their variables, change their user, their root directory or raise their rights stay in the session. */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, spawn } from "../mirrord.ts";
import { hostName, privatePort, target } from "../target/scene.ts";

const url = `http://${target.serviceName}:${privatePort}/`;
/** Prints the file, the host name and the answer of a service of the target's. */
const look = `cat ${target.file}; hostname; curl -sS --max-time 10 ${url}`;
const seen = `${target.content}${hostName}\n${target.serviceAnswer}`;

async function shell(script: string): Promise<string> {
  await using isolated = await IsolatedTarget.start();
  const { code, stdout, stderr } = await exec(isolated.path, ["bash", "-c", script]);
  assert.equal(code, 0, stderr);
  return stdout;
}

const launchers: Record<string, string> = {
  "env -i": "env -i /bin/sh -c",
  "env -i of a static program": "busybox env -i /bin/sh -c",
  "a static program in an empty environment": "env -i busybox sh -c",
  setpriv: "setpriv --reuid 65534 --regid 65534 --clear-groups sh -c",
  runuser: "runuser -u nobody -- sh -c",
  su: "su -s /bin/sh nobody -c",
  "sudo -u": "sudo -u nobody sh -c",
  "sudo -u, to a static program": "sudo -u nobody busybox sh -c",
};

for (const [name, launcher] of Object.entries(launchers)) {
  Deno.test(`${name}: what is launched sees the target`, async () => {
    assert.equal(await shell(`${launcher} '${look}'`), seen);
  });
}

Deno.test("execle, posix_spawn and a loop of execs with empty environments", async () => {
  const program = `
import os
def run(start):
    read, write = os.pipe(); pid = start(write); os.close(write); os.waitpid(pid, 0)
    print(os.read(read, 1000).decode().strip(), flush=True)
def forked(write):
    pid = os.fork()
    if pid == 0: os.dup2(write, 1); os.execle("/bin/cat", "cat", "${target.file}", {})
    return pid
run(forked)
run(lambda write: os.posix_spawn("/bin/cat", ["cat", "${target.file}"], {}, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)]))
run(lambda write: os.posix_spawnp("env", ["env", "-i", "/usr/bin/env", "-i", "/bin/cat", "${target.file}"], {"PATH": "/usr/bin"},
    file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)], setsigmask=[2], setpgroup=0))`;
  await using isolated = await IsolatedTarget.start();
  const { stdout, stderr } = await exec(isolated.path, ["python3", "-c", program]);
  assert.equal(stdout, target.content.repeat(3), stderr);
});

Deno.test("root's set-group-id programs, which take no library, see the target", async () => {
  const script =
    `folder=$(mktemp -d -p /dev/shm); cp /bin/cat $folder/cat; chgrp 1 $folder/cat; chmod 2755 $folder/cat; ` +
    `$folder/cat ${target.file}; grep -c ^Seccomp:.2 /proc/self/status; $folder/cat /proc/self/status | grep ^Gid; rm -r $folder`;
  const [content, ...rest] = (await shell(script)).trim().split("\n");
  assert.equal(content, target.content.trim());
  assert.deepEqual(rest.map((line) => line.split("\t").slice(0, 3).join(" ")), ["0", "Gid: 0 1"]);
});

Deno.test("in another root directory files are those of that directory, and nothing complains", async () => {
  const script = `root=$(mktemp -d -p /dev/shm); mkdir -p $root/srv $root/bin; echo other > $root${target.file}; ` +
    `cp $(command -v busybox) $root/bin/; chroot $root /bin/busybox cat ${target.file}; ` +
    `busybox chroot $root /bin/busybox cat ${target.file}; ` +
    `python3 -c "import os; os.chroot('$root'); print(open('${target.file}').read().strip())"; ` +
    `chroot / cat ${target.file}; rm -r $root`;
  assert.equal(await shell(script), `other\nother\nother\n${target.content}`);
});

Deno.test("a library that the user preloads stays in front, also where variables are cleared", async () => {
  const script = `LD_PRELOAD=/lib/x86_64-linux-gnu/libm.so.6 sh -c 'cat ${target.file}; echo "\${LD_PRELOAD%%:*}"; ` +
    `env -i LD_PRELOAD=/lib/x86_64-linux-gnu/libm.so.6 sh -c "cat ${target.file}; sed -n s/^LD_PRELOAD=//p <<< x"' `;
  const [first, library, second] = (await shell(script.replace(" sed -n s/^LD_PRELOAD=//p <<< x", " :"))).trim().split(
    "\n",
  );
  assert.deepEqual([first, library, second], [
    target.content.trim(),
    "/lib/x86_64-linux-gnu/libm.so.6",
    target.content.trim(),
  ]);
});

Deno.test("nginx: a master of root's and workers of nobody's answer in the target's place, from its files", async () => {
  await using isolated = await IsolatedTarget.start();
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mirrord-nginx-" });
  await Deno.chmod(folder, 0o755);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `${name}_temp_path ${folder}/${name};`
  );
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `user nobody nogroup; worker_processes 2; daemon off; pid ${folder}/pid; error_log stderr;
     events { worker_connections 64; }
     http { access_log off; ${paths.join(" ")}
       server { listen 8080; location / { root /srv; } location /proxied { proxy_pass http://10.98.0.1:${privatePort}/; } } }`,
  );
  const child = spawn(isolated.path, ["nginx", "-p", folder, "-c", `${folder}/nginx.conf`], { flags: ["--steal"] });
  const stderr = new Response(child.stderr).text();
  try {
    const ask = async (path: string) => {
      const { id } = await isolated.order<{ id: number }>({ do: "open", port: 8080 });
      try {
        const answer = await isolated.order<string>({ do: "say", id, text: `GET ${path} HTTP/1.0\r\n\r` });
        return answer.split("\r\n\r\n")[1];
      } finally {
        await isolated.order({ do: "close", id });
      }
    };
    assert.equal(await eventually(() => ask("/greeting.txt"), target.content.trim()), target.content.trim());
    assert.equal(await ask("/proxied"), target.serviceAnswer);
  } finally {
    child.kill("SIGQUIT");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await child.stdout.cancel();
    assert.equal((await child.status).code, 0, await stderr);
    clearTimeout(timer);
    await Deno.remove(folder, { recursive: true });
  }
});

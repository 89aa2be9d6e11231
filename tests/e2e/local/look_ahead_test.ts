/** Programs that go through large directories: what is asked ahead for them is what they would have been told (M-108). */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";
import { python } from "../programs.ts";

const furnish = `
import os
os.mkdir("/srv/many")
for n in range(1200):
    path = f"/srv/many/{n}"
    if n % 10 == 1: os.symlink(f"{n - 1}", path)
    elif n % 10 == 2: os.mkdir(path)
    else: open(path, "w").write("x" * n)
    if n % 10 == 3: os.chmod(path, n % 512)
    if n % 10 == 4: os.setxattr(path, "user.number", str(n).encode())
    if n % 10 == 5: os.utime(path, (n, n))
`;
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Every entry's metadata, by links and through them, and an attribute: in the order of the listing, sorted, and at random. */
const walk = `
import os, random
def show(path):
    for follow in (False, True):
        s = os.stat(path, follow_symlinks=follow)
        print(path, s.st_mode, s.st_size, s.st_nlink, s.st_uid, s.st_mtime_ns, s.st_ino, s.st_dev)
    try: print(os.getxattr(path, "user.number"), os.listxattr(path))
    except OSError as error: print(error.errno)
names = os.listdir("/srv/many")
lines = {}
for order in (names, sorted(names), random.sample(names, len(names))):
    for name in order: show(f"/srv/many/{name}")
`;

Deno.test("what is asked ahead is what the target would have said", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell(`python3 -c ${quoted(furnish)}`);
  const commands = [
    "ls -l --time-style=full-iso /srv/many",
    "ls -lR --time-style=full-iso /srv/many",
    "du -a /srv/many | sort",
    "find /srv/many -type f -printf '%p %s %m %T@\\n' | sort",
    "busybox ls -l /srv/many",
    "tar --sort=name -cPf - /srv/many | tar -tvPf -",
  ];
  for (const command of commands) {
    const outcome = await exec(isolated.path, ["bash", "-c", command]);
    assert.equal(outcome.stderr, "", command);
    assert.equal(outcome.stdout, await isolated.shell(command), command);
  }
  const sorted = `python3 -c ${quoted(walk)} | sort | md5sum`;
  const outcome = await exec(isolated.path, ["bash", "-c", sorted]);
  assert.equal(outcome.stdout, await isolated.shell(sorted));
});

Deno.test("a change of the session's own is seen at once, in the middle of a walk", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell(`python3 -c ${quoted(furnish)}`);
  const text = `
import os
names = sorted(os.listdir("/srv/many"), key=int)
wrong = 0
for name in names:
    path = f"/srv/many/{name}"
    following = f"/srv/many/{(int(name) + 3) % 1200}"
    os.lstat(path)
    if int(name) % 10 == 0:
        open(path, "a").write("more")
        wrong += os.lstat(path).st_size != int(name) + 4
    if int(name) % 10 == 3:
        os.chmod(following, 0o640)
        wrong += os.lstat(following).st_mode & 0o777 != 0o640
    if int(name) % 10 == 5:
        os.rename(path, path + "x")
        wrong += os.path.lexists(path) or not os.path.lexists(path + "x")
print("wrong:", wrong)`;
  const outcome = await exec(isolated.path, python(text), { flags: ["--fs-mode", "write"] });
  assert.equal(outcome.stderr, "");
  assert.equal(outcome.stdout, "wrong: 0\n");
});

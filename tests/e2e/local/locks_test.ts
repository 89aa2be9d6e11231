/** Programs that lock files of the target against each other: SQLite with several writers, git, through both doors (M-101). */
import assert from "node:assert/strict";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";

const writers = new URL("../../apps/python/sqlite_writers.py", import.meta.url).pathname;
const gitEnv = {
  ...{ GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b" },
  ...{ GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" },
};

for (const door of ["preload", "supervisor"]) {
  Deno.test(`SQLite: three writers and one database of the target, by journal and by WAL (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await using configured = await withConfiguration({ feature: { fs: "write" }, experimental: { door } });
    for (const mode of ["delete", "wal"]) {
      const outcome = await exec(isolated.path, ["python3", writers, "/srv", mode], { flags: configured.flags });
      const all = "[('a', 30), ('b', 30), ('c', 30)]";
      assert.deepEqual([outcome.stderr, outcome.stdout], ["", `${mode}\n[0, 0, 0]\n${all}\nok\n`]);
      const look = `import sqlite3
database = sqlite3.connect("/srv/${mode}.db")
print(*[database.execute(q).fetchone()[0] for q in ("select count(*) from facts", "pragma integrity_check")])`;
      assert.equal(await isolated.shell(`python3 -c '${look}'`), "90 ok\n");
    }
  });

  Deno.test(`git: commits, a branch, a merge and gc in a repository of the target (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await using configured = await withConfiguration({ feature: { fs: "write" }, experimental: { door } });
    const script = "cd /srv && git init -q -b main repo && cd repo && " +
      "for n in 1 2 3; do echo $n > f$n; git add . && git commit -qm c$n; done; git status --short; git gc -q; " +
      "git checkout -q -b side HEAD~1 && git merge -q main; git log --format=%s; git fsck";
    const { flags } = configured;
    const { stdout, stderr } = await exec(isolated.path, ["bash", "-c", script], { flags, env: gitEnv });
    assert.deepEqual([stderr, stdout], ["", "c3\nc2\nc1\n"]);
    const seen = "cd /srv/repo && git -c safe.directory='*' log --format=%s && cat f1 f2 f3 && " +
      "git -c safe.directory='*' fsck && git -c safe.directory='*' status --short";
    assert.equal(await isolated.shell(seen), "c3\nc2\nc1\n1\n2\n3\n");
  });
}

/** Programs see the target's variables, files, names, host name and network (M-015, M-087, M-100, M-108, M-153, M-162, M-166). */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { address, hostName, privatePort, target } from "../target/scene.ts";

const url = `http://${target.serviceName}:${privatePort}/`;

const expected = {
  variable: target.value,
  content: target.content,
  size: target.content.length,
  modified: target.modifiedSeconds,
  mode: "0o640",
  host: hostName,
  address,
  answer: target.serviceAnswer,
};

for (const kind of kinds) {
  Deno.test(`${kind.name} sees the target's context`, async () => {
    await using isolated = await IsolatedTarget.start();
    const command = [...await kind.observe(), target.variable, target.file, target.serviceName, url];
    const { code, stdout, stderr } = await exec(isolated.path, command);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), expected);
  });
}

Deno.test("shell tools see the target's context", async () => {
  await using isolated = await IsolatedTarget.start();
  const script = [
    `echo "$${target.variable}"`,
    `cat ${target.file}`,
    `stat -c '%s %Y %a' ${target.file}`,
    `ls ${target.directory}`,
    `readlink ${target.link}`,
    `hostname`,
    `curl -sS --max-time 10 ${url}`,
  ].join("; ");
  const { code, stdout, stderr } = await exec(isolated.path, ["bash", "-c", script]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const listing = [...target.entries, "below"].sort();
  assert.deepEqual(stdout.split("\n"), [
    target.value,
    target.content.trim(),
    `${target.content.length} ${target.modifiedSeconds} 640`,
    ...listing,
    target.file,
    hostName,
    target.serviceAnswer,
  ]);
});

Deno.test("a large file arrives whole, by read, by mmap and by redirection", async () => {
  await using isolated = await IsolatedTarget.start();
  const program = `
import hashlib, mmap
data = open("${target.largeFile}", "rb").read()
with open("${target.largeFile}", "rb") as f:
    mapped = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    assert mapped[:] == data
print(len(data), hashlib.sha256(data).hexdigest())
`;
  const script = `python3 -c '${program}'; sha256sum < ${target.largeFile}`;
  const { stdout, stderr, code } = await exec(isolated.path, ["bash", "-c", script]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const [first, second] = stdout.split("\n");
  assert.equal(first!.split(" ")[0], String(16 << 20));
  assert.equal(second!.split(" ")[0], first!.split(" ")[1]);
});

Deno.test("what is read from the target never lies on a local disk", async () => {
  await using isolated = await IsolatedTarget.start();
  const script = `exec 3< ${target.file}; readlink /proc/self/fd/3; cat <&3 > /dev/null; ` +
    `folder=$(dirname "$MIRRORD_LAYER_CONFIG"); df --output=fstype "$folder" | tail -n 1; ` +
    `MIRRORD_DONT_LOAD=1 grep -rls "${target.content.trim()}" "$folder" && echo found`;
  const { stdout } = await exec(isolated.path, ["bash", "-c", script]);
  const [open, filesystem, ...found] = stdout.trim().split("\n");
  assert.match(open!, /^\/memfd:/, "an open file is memory");
  assert.equal(filesystem, "tmpfs", "the session's folder is memory");
  assert.deepEqual(found, []);
});

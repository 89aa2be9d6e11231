/**
 * From a laptop without a route to pods: programs see a pod's variables, files, names and services (M-010, M-015, M-016,
 * M-074, M-075, M-087, M-091, M-100, M-153, M-162, M-166), and nothing is left in the cluster (M-009, M-182).
 */
import assert from "node:assert/strict";
import { apiVariables } from "../../cluster/fixtures.ts";
import { targetFiles } from "../../cluster/images.ts";
import { kinds } from "../programs.ts";
import { exec, kubectl, kubectlApply, leftInCluster, podOf, shop } from "./shop.ts";

const { greeting, modified } = targetFiles;

/** What a program must print, but for the name of the pod. */
async function expectation(host: string, observed: Record<string, unknown>) {
  assert.equal(observed.variable, apiVariables.SHOP_SECRET);
  assert.equal(observed.content, greeting.content);
  assert.equal(observed.size, greeting.content.length);
  assert.equal(observed.modified, modified.getTime() / 1000);
  assert.equal(observed.mode, `0o${greeting.mode.toString(8)}`);
  assert.equal(observed.host, host);
  assert.match(String(observed.address), /^10\.96\./);
  assert.equal(JSON.parse(String(observed.answer)).name, "db");
  await Promise.resolve();
}

for (const kind of kinds) {
  for (const target of ["pod", "deployment"]) {
    Deno.test(`${kind.name} sees the context of a ${target}`, async () => {
      await shop();
      const pod = await podOf("api");
      const path = target === "pod" ? `pod/${pod}` : "deployment/api/container/api";
      const command = [...await kind.observe(), "SHOP_SECRET", greeting.path, "db", "http://db/"];
      const { code, stdout, stderr } = await exec(path, command);
      assert.equal(stderr, "");
      assert.equal(code, 0);
      await expectation(pod, JSON.parse(stdout));
      assert.equal(await leftInCluster(), "");
    });
  }
}

Deno.test("Node finds its script where the pod has not even the directories that lead to it", async () => {
  await shop();
  const folder = await Deno.makeTempDir({ dir: "/", prefix: "mirrord-code-" });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.mkdir(`${folder}/deep`);
  await Deno.writeTextFile(`${folder}/deep/script.js`, "console.log(require('os').hostname())");
  const pod = await podOf("api");
  const script = `${folder}/deep/script.js`;
  const ways: [string, string[]][] = [
    [`${folder}/deep`, ["node", "script.js"]],
    ["/tmp", ["node", script]],
    ["/tmp", ["bash", "-c", `cd /var; node ${script}`]],
  ];
  for (const [cwd, command] of ways) {
    const { stdout, stderr } = await exec(`pod/${pod}`, command, { cwd });
    assert.deepEqual({ stdout, stderr }, { stdout: `${pod}\n`, stderr: "" });
  }
});

Deno.test("curl reaches a service of the cluster, on a pod and on a deployment", async () => {
  await shop();
  const pod = await podOf("api");
  for (const path of [`pod/${pod}`, "deploy/api"]) {
    const script =
      `echo "$SHOP_COLOR"; cat ${greeting.path}; hostname; curl -sS --max-time 10 http://db.shop.svc.cluster.local/`;
    const { code, stdout, stderr } = await exec(path, ["bash", "-c", script]);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const [color, text, host, answer] = stdout.split("\n");
    assert.equal(color, apiVariables.SHOP_COLOR);
    assert.equal(`${text}\n`, greeting.content);
    assert.equal(host, pod);
    const { name, peer } = JSON.parse(answer!);
    assert.equal(name, "db");
    assert.match(peer, /^10\.244\.0\./, "the connection came from the pod");
  }
  assert.equal(await leftInCluster(), "");
});

Deno.test("an ephemeral container serves as well as a Job", async () => {
  await shop();
  const pod = await podOf("api");
  const { code, stdout, stderr } = await exec("deployment/api", ["bash", "-c", "hostname; curl -sS http://db/"], {
    flags: ["--ephemeral-container"],
  });
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.equal(stdout.split("\n")[0], pod);
  assert.equal(JSON.parse(stdout.split("\n")[1]!).name, "db");
});

Deno.test("an ephemeral container finds its target among all processes of the pod", async () => {
  await shop();
  const container = (name: string) => ({
    name,
    image: "docker.io/mirrord-test/target:1",
    args: ["-http", name === "other" ? ":81" : ":80"],
    env: [{ name: "WHICH", value: name }],
  });
  const spec = { shareProcessNamespace: true, containers: [container("other"), container("wanted")] };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "sharing" }, spec };
  await kubectlApply(pod);
  try {
    await kubectl("wait", "--for=condition=Ready", "pod/sharing", "--timeout=60s");
    const flags = ["--ephemeral-container"];
    const script = `echo $WHICH; cat ${greeting.path}`;
    const { code, stdout, stderr } = await exec("pod/sharing/container/wanted", ["bash", "-c", script], { flags });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.equal(stdout, `wanted\n${greeting.content}`);
  } finally {
    await kubectl("delete", "pod", "sharing", "--grace-period=1", "--wait=true");
  }
});

Deno.test("without a target a program has the cluster's names and network", async () => {
  await shop();
  const { code, stdout, stderr } = await exec(null, ["curl", "-sS", "--max-time", "10", "http://db/"]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).name, "db");
  assert.equal(await leftInCluster(), "");
});

Deno.test("a session is up within 15 s when the image is on the node", async () => {
  await shop();
  const started = performance.now();
  const { code, stderr } = await exec("deployment/api", ["true"]);
  assert.equal(code, 0, stderr);
  const took = performance.now() - started;
  assert.ok(took < 15_000, `${took} ms`);
});

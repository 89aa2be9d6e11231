/** A session goes with its deployment from pod to pod. */
import assert from "node:assert/strict";
import { eventually } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { sessionOf } from "../running_session.ts";
import { addressOfService, kubectl, leftInCluster, podOf, request, shop, spawn } from "./shop.ts";

const name = "moving";
const image = "docker.io/mirrord-test/target:1";

async function whoAnswers(address: string): Promise<string> {
  const text = await request(address);
  return text === "local" ? text : JSON.parse(text).name;
}

Deno.test("a session survives a rollout: the new pod's traffic is stolen", async () => {
  await shop();
  await kubectl("create", "deployment", name, `--image=${image}`);
  try {
    await kubectl("expose", "deployment", name, "--port=80");
    await kubectl("rollout", "status", `deployment/${name}`, "--timeout=60s");
    const service = await addressOfService(name);
    const before = await podOf(name);
    const child = spawn(`deployment/${name}`, [...await kinds[0]!.answer(), "80", "local"], { flags: ["--steal"] });
    const output = child.output();
    await sessionOf(child.pid);
    assert.equal(await eventually(() => whoAnswers(service), "local", 30_000), "local");

    await kubectl("rollout", "restart", `deployment/${name}`);
    await kubectl("rollout", "status", `deployment/${name}`, "--timeout=60s");
    const gone = async () => (await kubectl("get", "pod", before, "--ignore-not-found", "-o", "name")).trim();
    assert.equal(await eventually(gone, "", 60_000), "");
    assert.equal(await eventually(() => whoAnswers(service), "local", 30_000), "local");

    child.kill("SIGTERM");
    const { signal, stderr } = await output;
    assert.equal(signal, "SIGTERM", new TextDecoder().decode(stderr));
    assert.equal(await eventually(() => whoAnswers(service), "context-server", 5_000), "context-server");
  } finally {
    await kubectl("delete", "deployment,service", name, "--wait=true");
  }
  assert.equal(await leftInCluster(), "");
});

/** A session goes with its deployment from pod to pod. */
import assert from "node:assert/strict";
import { eventually } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { sessionOf } from "../running_session.ts";
import { kubectl, leftInCluster, ownDeployment, request, spawn } from "./shop.ts";

const name = "moving";

async function whoAnswers(address: string): Promise<string> {
  const text = await request(address);
  return text === "local" ? text : JSON.parse(text).name;
}

Deno.test("a session survives a rollout: the new pod's traffic is stolen", async () => {
  {
    await using own = await ownDeployment(name);
    const child = spawn(`deployment/${name}`, [...await kinds[0]!.answer(), "80", "local"], { flags: ["--steal"] });
    const output = child.output();
    await sessionOf(child.pid);
    assert.equal(await eventually(() => whoAnswers(own.address), "local", 30_000), "local");

    await kubectl("rollout", "restart", `deployment/${name}`);
    await kubectl("rollout", "status", `deployment/${name}`, "--timeout=60s");
    const gone = async () => (await kubectl("get", "pod", own.pod, "--ignore-not-found", "-o", "name")).trim();
    assert.equal(await eventually(gone, "", 60_000), "");
    assert.equal(await eventually(() => whoAnswers(own.address), "local", 30_000), "local");

    child.kill("SIGTERM");
    const { signal, stderr } = await output;
    assert.equal(signal, "SIGTERM", new TextDecoder().decode(stderr));
    assert.equal(await eventually(() => whoAnswers(own.address), "context-server", 5_000), "context-server");
  }
  assert.equal(await leftInCluster(), "");
});

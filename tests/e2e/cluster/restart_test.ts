/** A session survives the restart of its target's container, and says why when it cannot be saved (M-127, M-144). */
import assert from "node:assert/strict";
import { eventually } from "../mirrord.ts";
import { kinds, python } from "../programs.ts";
import { sessionOf } from "../running_session.ts";
import { kubectl, leftInCluster, ownDeployment, request, shop, spawn } from "./shop.ts";

async function whoAnswers(address: string): Promise<string> {
  const text = await request(address);
  return text === "local" ? text : JSON.parse(text).name;
}

const restarts = (pod: string) =>
  kubectl("get", "pod", pod, "-o", "jsonpath={.status.containerStatuses[0].restartCount}");

async function restartContainer(pod: string): Promise<void> {
  const before = Number(await restarts(pod));
  // The server is the container's first process, which signals from inside cannot kill by default: SIGTERM is handled by Go.
  await kubectl("exec", pod, "--", "kill", "1").catch(() => {});
  assert.equal(await eventually(async () => Number(await restarts(pod)), before + 1, 60_000), before + 1);
  await kubectl("wait", "--for=condition=Ready", `pod/${pod}`, "--timeout=60s");
}

/** Reads a file of the target every 100 ms and says what became of it, until it is ended. */
const reader = `
import time
while True:
    try: print("read", len(open("/srv/data/greeting.txt").read()), flush=True)
    except OSError as error: print("error", error, flush=True)
    time.sleep(0.1)
`;

Deno.test("a session survives the restart of the target's container", async () => {
  {
    await using own = await ownDeployment("restarted");
    const answer = [...await kinds[0]!.answer(), "80", "local"];
    const stealing = spawn("deployment/restarted", answer, { flags: ["--steal"] });
    const reading = spawn(`pod/${own.pod}`, python(reader));
    const outputs = [stealing.output(), reading.output()];
    await Promise.all([sessionOf(stealing.pid), sessionOf(reading.pid)]);
    assert.equal(await eventually(() => whoAnswers(own.address), "local", 30_000), "local");
    await restartContainer(own.pod);
    assert.equal(await eventually(() => whoAnswers(own.address), "local", 30_000), "local", "stealing goes on");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    for (const child of [stealing, reading]) child.kill("SIGTERM");
    const [, { stdout }] = await Promise.all(outputs);
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assert.equal(lines.at(-1), "read 22", "files are read from the new container");
  }
  assert.equal(await leftInCluster(), "");
});

Deno.test("an ephemeral agent, which ends with its target's container, is replaced", async () => {
  await using own = await ownDeployment("restarted-too");
  const answer = [...await kinds[0]!.answer(), "80", "local"];
  const child = spawn(`pod/${own.pod}`, answer, { flags: ["--steal", "--ephemeral-container"] });
  const output = child.output();
  await sessionOf(child.pid);
  assert.equal(await eventually(() => whoAnswers(own.address), "local", 30_000), "local");
  await restartContainer(own.pod);
  assert.equal(await eventually(() => whoAnswers(own.address), "local", 40_000), "local", "stealing goes on");
  child.kill("SIGTERM");
  const { signal, stderr } = await output;
  assert.equal(signal, "SIGTERM", new TextDecoder().decode(stderr));
  assert.equal(await eventually(() => whoAnswers(own.address), "context-server", 5_000), "context-server");
});

Deno.test("the program is ended with a reason when its pod is gone", async () => {
  await shop();
  await kubectl(
    "run",
    "short",
    "--image=docker.io/mirrord-test/target:1",
    "--image-pull-policy=Never",
    "--restart=Never",
  );
  await kubectl("wait", "--for=condition=Ready", "pod/short", "--timeout=60s");
  const child = spawn("pod/short", ["sleep", "300"]);
  const output = child.output();
  await sessionOf(child.pid);
  await kubectl("delete", "pod", "short", "--wait=true", "--grace-period=1");
  const { signal, stderr } = await output;
  assert.equal(signal, "SIGTERM");
  assert.match(new TextDecoder().decode(stderr), /mirrord: .*short/);
  assert.equal(await leftInCluster(), "");
});

/** Two users of one deployment: different ports side by side, the same port refused by the holder's name (M-008, M-138). */
import assert from "node:assert/strict";
import { eventually } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { sessionOf } from "../running_session.ts";
import { addressOfService, leftInCluster, request, shop, spawn } from "./shop.ts";

async function whoAnswers(address: string): Promise<string> {
  const text = await request(address);
  return text.startsWith("{") ? JSON.parse(text).name : text;
}

async function steal(port: number, word: string) {
  const child = spawn("deployment/api", [...await kinds[0]!.answer(), String(port), word], { flags: ["--steal"] });
  return { child, output: child.output() };
}

Deno.test("two users share a deployment, and neither disturbs the other", async () => {
  await shop();
  const service = await addressOfService("api");
  const first = await steal(80, "first");
  assert.equal(await eventually(() => whoAnswers(service), "first", 30_000), "first");

  const rival = await steal(80, "rival");
  const { code, stderr } = await rival.output;
  const said = new TextDecoder().decode(stderr);
  assert.notEqual(code, 0, "the second cannot listen on the stolen port");
  assert.match(said, /Address already in use/);
  assert.match(said, /80.*@|@.*80/s, `the holder is named: ${said}`);
  assert.equal(await whoAnswers(service), "first");

  const second = await steal(7, "second");
  const { proxyPid } = await sessionOf(second.child.pid);
  assert.equal(await eventually(() => whoAnswers(`${service}:7`), "second", 30_000), "second");
  assert.equal(await whoAnswers(service), "first");

  first.child.kill("SIGKILL");
  await first.output;
  assert.equal(await eventually(() => whoAnswers(service), "api", 2000), "api");
  assert.equal(await whoAnswers(`${service}:7`), "second", "the other goes on");

  const third = await steal(80, "third");
  assert.equal(await eventually(() => whoAnswers(service), "third", 30_000), "third");
  Deno.kill(proxyPid, "SIGKILL");
  await second.output;
  assert.equal(await whoAnswers(service), "third", "the other goes on");
  third.child.kill("SIGTERM");
  await third.output;
  assert.equal(await leftInCluster(), "");
});

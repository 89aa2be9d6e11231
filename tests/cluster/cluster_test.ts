/** The promises that other tests build on. Starts the cluster if it doesn't run, and leaves it running. */
import assert from "node:assert/strict";
import { capture, run } from "./command.ts";
import { apiVariables, shopNamespace } from "./fixtures.ts";
import { targetFiles } from "./images.ts";
import { laptopCommand } from "./laptop.ts";
import { up } from "./lifecycle.ts";
import { withLock } from "./lock.ts";
import { apiServiceAddress, dnsServiceAddress } from "./settings.ts";

Deno.test("cluster", async (t) => {
  await withLock(() => up(() => {}));

  await t.step("the laptop reaches the API server, but no pod and no service", async () => {
    const address = await kubectl("get", "pod", "-l", "app=api", "-o", "jsonpath={.items[0].status.podIP}");
    assert.match(address, /^10\.244\.0\.\d+$/);
    for (const unreachable of [address, apiServiceAddress, dnsServiceAddress]) {
      const { command } = laptopCommand(["busybox", "ping", "-c", "1", "-W", "1", unreachable]);
      const { code, stderr } = await capture(command, { timeoutMs: 5_000 });
      assert.equal(code, 1, `${unreachable} answered`);
      assert.match(stderr, /Network is unreachable/);
    }
  });

  await t.step("pods find services by name", async () => {
    assert.equal(await inApi("nc", "db", "5432"), "db says hello\n");
    assert.match(await inApi("wget", "-q", "-O", "-", `http://db.${shopNamespace}`), /"name":"db"/);
  });

  await t.step("the target's variables and files are the known ones", async () => {
    const environment = await inApi("wget", "-q", "-O", "-", "http://127.0.0.1/env");
    for (const [name, value] of Object.entries(apiVariables)) {
      assert.ok(environment.includes(`${name}=${value}\n`), name);
    }
    const { greeting, modified } = targetFiles;
    assert.equal(await inApi("cat", greeting.path), greeting.content);
    const facts = `${greeting.uid} ${greeting.gid} ${greeting.mode.toString(8)} ${modified.getTime() / 1000}\n`;
    assert.equal(await inApi("stat", "-c", "%u %g %a %Y", greeting.path), facts);
  });

  await t.step("kubelet reports what runs in a pod of several containers", async () => {
    const names = await kubectl("get", "pod", "crowd", "-o", "jsonpath={.status.containerStatuses[*].name}");
    assert.equal(names, "admin istio-proxy web", "statuses are sorted by name");
  });
});

async function kubectl(...args: string[]): Promise<string> {
  const { command, env } = laptopCommand(["kubectl", "-n", shopNamespace, ...args]);
  return await run(command, { env, timeoutMs: 20_000 });
}

async function inApi(...command: string[]): Promise<string> {
  return await kubectl("exec", "deployment/api", "--", ...command);
}

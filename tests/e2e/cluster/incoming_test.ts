/** Mirrored and stolen traffic of a pod, from behind its service (M-029, M-114, M-126, M-127). */
import assert from "node:assert/strict";
import { eventually } from "../mirrord.ts";
import { kinds, type ProgramKind } from "../programs.ts";
import { addressOfService, leftInCluster, podOf, request, shop, spawn } from "./shop.ts";

async function start(kind: ProgramKind, target: string, flags: string[]) {
  const seenFile = await Deno.makeTempFile({ prefix: "mirrord-seen-" });
  const child = spawn(target, [...await kind.answer(), "80", "local", seenFile], { flags });
  return {
    seen: async () => (await Deno.readTextFile(seenFile)).split("\n").filter((line) => line !== ""),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.output();
      await Deno.remove(seenFile);
    },
  };
}

/** `local`, or the name in the answer of the pod itself. */
async function whoAnswers(address: string): Promise<string> {
  const text = await request(address);
  return text === "local" ? text : JSON.parse(text).name;
}

for (const kind of kinds) {
  Deno.test(`${kind.name} answers in a pod's place, and gives the port back`, async () => {
    await shop();
    const service = await addressOfService("api");
    assert.equal(await whoAnswers(service), "api");
    {
      await using server = await start(kind, "deployment/api", ["--steal"]);
      assert.equal(await eventually(() => whoAnswers(service), "local", 30_000), "local");
      const [first] = await server.seen();
      assert.match(first!, /^10\.244\.0\.1:\d+ \/$/, "the source is the node, as the pod sees it");
    }
    assert.equal(await eventually(() => whoAnswers(service), "api", 2_000), "api");
    assert.equal(await leftInCluster(), "");
  });

  Deno.test(`${kind.name} gets a copy of a pod's traffic`, async () => {
    await shop();
    const service = await addressOfService("api");
    await using server = await start(kind, `pod/${await podOf("api")}`, []);
    const copied = async () => {
      assert.equal(await whoAnswers(service), "api");
      return (await server.seen()).some((line) => /^10\.244\.0\.1:\d+ \//.test(line));
    };
    assert.equal(await eventually(copied, true, 30_000), true);
  });
}

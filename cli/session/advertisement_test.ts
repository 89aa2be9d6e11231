import assert from "node:assert/strict";
import { advertise, advertisementFolder, readLine, type SessionInfo } from "./advertisement.ts";
import { findSessions, stopSession } from "./find_sessions.ts";

function info(id: string, startedMs = 1000): SessionInfo {
  return {
    id,
    version: "0.1.0",
    target: "pod/x",
    command: ["node", "app.js"],
    programPid: 12,
    proxyPid: 11,
    startedMs,
    holder: "me@here",
    logPath: null,
  };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "mirrord-sessions-" });
  await test(`${parent}/mirrord`);
  await Deno.remove(parent, { recursive: true });
}

Deno.test("sessions are found by their advertisements, oldest first", () =>
  withFolder(async (folder) => {
    assert.deepEqual(await findSessions(folder), []);
    const young = advertise({ folder, info: info("b0", 2000), onStop: () => {} });
    const old = advertise({ folder, info: () => info("a0", 1000), onStop: () => {} });
    assert.deepEqual(await findSessions(folder), [info("a0", 1000), info("b0", 2000)]);
    young.close();
    old.close();
    old.close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("only the user may see the folder and the sockets", () =>
  withFolder(async (folder) => {
    const advertisement = advertise({ folder, info: info("a0"), onStop: () => {} });
    assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
    assert.equal((await Deno.stat(advertisement.path)).mode! & 0o777, 0o600);
    advertisement.close();
  }));

Deno.test("a session is stopped by the beginning of its id, and answers when it has ended", () =>
  withFolder(async (folder) => {
    let hasEnded = false;
    const advertisement = advertise({
      folder,
      info: info("abc1"),
      onStop: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        hasEnded = true;
      },
    });
    const other = advertise({ folder, info: info("abd2"), onStop: () => assert.fail("the other one was stopped") });
    await assert.rejects(stopSession("ab", folder), { message: "several sessions begin with `ab`" });
    await assert.rejects(stopSession("zz", folder), { message: "there is no session `zz`" });
    assert.equal((await stopSession("abc", folder)).id, "abc1");
    assert.equal(hasEnded, true);
    advertisement.close();
    other.close();
  }));

Deno.test("what a dead proxy left is removed, and a foreign file is not", () =>
  withFolder(async (folder) => {
    const advertisement = advertise({ folder, info: info("a0"), onStop: () => {} });
    const stale = Deno.listen({ transport: "unix", path: `${folder}/dead.sock` });
    stale.close();
    await Deno.writeTextFile(`${folder}/note.txt`, "");
    if (![...Deno.readDirSync(folder)].some((entry) => entry.name === "dead.sock")) {
      await Deno.writeTextFile(`${folder}/dead.sock`, "");
    }
    assert.deepEqual((await findSessions(folder)).map((one) => one.id), ["a0"]);
    assert.deepEqual([...Deno.readDirSync(folder)].map((entry) => entry.name).sort(), ["a0.sock", "note.txt"]);
    advertisement.close();
  }));

Deno.test("requests that are none are answered, and a silent caller is not waited for", () =>
  withFolder(async (folder) => {
    const advertisement = advertise({ folder, info: info("a0"), onStop: () => assert.fail("it was stopped") });
    const ask = async (text: string) => {
      using connection = await Deno.connect({ transport: "unix", path: advertisement.path });
      await connection.write(new TextEncoder().encode(text));
      return await readLine(connection);
    };
    assert.deepEqual(JSON.parse((await ask("nonsense\n"))!), { error: "the request is info or stop" });
    assert.deepEqual(JSON.parse((await ask('{"request":"other"}\n'))!), { error: "the request is info or stop" });
    assert.equal(await ask(`${"x".repeat(100_000)}`).catch(() => null), null);
    const silent = await Deno.connect({ transport: "unix", path: advertisement.path });
    assert.equal((await findSessions(folder)).length, 1);
    silent.close();
    advertisement.close();
  }));

Deno.test("advertisementFolder() is in the runtime folder when there is one, else in the home", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-runtime-" });
  const at = (env: Record<string, string>) => advertisementFolder((name) => env[name]);
  assert.equal(at({ XDG_RUNTIME_DIR: folder, HOME: "/home/me" }), `${folder}/mirrord`);
  assert.equal(at({ XDG_RUNTIME_DIR: `${folder}/gone`, HOME: "/home/me" }), "/home/me/.mirrord/sessions");
  assert.equal(at({ HOME: "/home/me" }), "/home/me/.mirrord/sessions");
  await Deno.remove(folder);
});

import assert from "node:assert/strict";
import { decodeConfigFile } from "../../protocol/layer/config_file.ts";
import { findSessions, stopSession } from "../../cli/session/find_sessions.ts";
import { delay, text, until } from "./bed.ts";
import { type RunningProxy, withProxy } from "./proxy_process.ts";

const exists = (path: string) => {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
};

const sessionFolder = ({ ready }: RunningProxy) => ready.layer.configPath.replace(/\/[^/]*$/, "");

async function assertGone(proxy: RunningProxy): Promise<void> {
  assert.equal(await proxy.ended, 0);
  assert.equal(exists(sessionFolder(proxy)), false);
  assert.equal(exists(`${sessionFolder(proxy)}.end`), false);
  assert.deepEqual([...Deno.readDirSync(`${proxy.folder}/mirrord`)], []);
  assert.equal(proxy.guardianLines().at(-1), "done");
}

Deno.test("a proxy serves layers until the program ends, and leaves nothing behind", async () => {
  await withProxy(async (proxy) => {
    const { ready, agent, program } = proxy;
    assert.equal(ready.type, "ready");
    assert.deepEqual(ready.remoteEnvironment, { GREETING: "hello=you" });
    const config = decodeConfigFile(Deno.readFileSync(ready.layer.configPath));
    assert.equal(text(config.hostname!), "shop");
    assert.equal(config.filesMode, 2);
    assert.equal(config.incomingMode, 1);
    assert.equal(Deno.statSync(ready.layer.configPath).mode! & 0o777, 0o644);
    assert.equal(Deno.statSync(sessionFolder(proxy)).mode! & 0o777, 0o711);
    const layer = await proxy.join();
    const decision = await layer.ask("decidePath", {
      path: new TextEncoder().encode("/srv/x"),
      write: false,
      own: false,
    });
    assert.deepEqual(decision, { verdict: 1, mapped: null });
    layer.close();
    program.kill("SIGKILL");
    assert.equal(await agent.ended(), "the program has ended");
    await assertGone(proxy);
    const order = JSON.parse(proxy.guardianLines()[0]!);
    assert.deepEqual([order.programPid, order.sessionDirs[0]], [program.pid, sessionFolder(proxy)]);
    assert.deepEqual(order.endCommand, ["/mirrord", "end-session", `${sessionFolder(proxy)}.end`]);
  });
});

Deno.test("a session lives on in what the program has started", async () => {
  await withProxy(async (proxy) => {
    const child = new Deno.Command("/bin/sleep", {
      args: ["60"],
      env: { MIRRORD_LAYER_INTPROXY_ADDR: proxy.ready.layer.address },
    }).spawn();
    const layer = await proxy.join();
    proxy.program.kill("SIGKILL");
    await delay(300);
    assert.ok(exists(sessionFolder(proxy)));
    layer.close();
    await delay(300);
    assert.ok(exists(sessionFolder(proxy)));
    child.kill("SIGKILL");
    await child.status;
    await assertGone(proxy);
  });
});

Deno.test("mirrord stop ends the program with the reason on its standard error", async () => {
  await withProxy(async (proxy) => {
    const id = sessionFolder(proxy).split("mirrord-")[1]!;
    const folder = `${proxy.folder}/mirrord`;
    const [session] = await findSessions(folder);
    assert.deepEqual([session!.id, session!.programPid, session!.holder], [id, proxy.program.pid, "tester@here"]);
    await stopSession(id, folder);
    assert.equal((await proxy.program.status).signal, "SIGTERM");
    const said = await new Response(proxy.program.stderr).text();
    assert.equal(said, "mirrord: the session was stopped (mirrord stop)\n");
    await assertGone(proxy);
  });
});

Deno.test("a program that does not end when it is told to is killed", async () => {
  await withProxy(async (proxy) => {
    await until("the program ignores the signal", () => exists(`${proxy.folder}/deaf`));
    await proxy.agent.endSession("the pod was deleted");
    assert.equal((await proxy.program.status).signal, "SIGKILL");
    assert.match(await new Response(proxy.program.stderr).text(), /is lost: the pod was deleted/);
    await assertGone(proxy);
  }, { program: 'trap "" TERM; touch "$FOLDER/deaf"; while :; do sleep 0.1; done' });
});

Deno.test("an agent that was restarted gets a new session, and the guardian is told of it", async () => {
  await withProxy(async (proxy) => {
    const order = () => JSON.parse(Deno.readTextFileSync(`${sessionFolder(proxy)}.end`)).session;
    const before = order();
    await proxy.agent.restart();
    await until("the guardian's order is another one", () => order() !== before);
    assert.equal(proxy.program.pid > 0, true);
    const layer = await proxy.join();
    layer.close();
    proxy.program.kill("SIGTERM");
    await assertGone(proxy);
  });
});

Deno.test("tunnels that break while another agent is taking over are tried again", async () => {
  await withProxy(async (proxy) => {
    assert.equal(proxy.ready.type, "ready");
    proxy.program.kill("SIGTERM");
    await assertGone(proxy);
  }, { tunnelsToBreak: 3 });
});

Deno.test("a program that ends before the agent has answered takes the session with it", async () => {
  await withProxy(async ({ messages, ended, folder, agent }) => {
    assert.equal(messages.some(({ type }) => type === "ready"), false);
    assert.equal(await ended, 0);
    assert.equal(await agent.ended(), "the program has ended");
    assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name === "mirrord"), []);
  }, { program: "sleep 0.5", isSilent: true });
});

Deno.test("a wrong token is told with what to do about it", async () => {
  await withProxy(async ({ messages, ended }) => {
    const last = messages.at(-1)!;
    assert.ok(last.type === "error");
    assert.match(last.message, /the agent opened no session \(the agent at 127\.0\.0\.1:\d+\): The token is not/);
    assert.match(last.help!, /token_file/);
    assert.equal(await ended, 1);
  }, { token: "another token" });
});

Deno.test("layers wait while the proxy has no descriptor left, and are served when it has", async () => {
  await withProxy(async (proxy) => {
    const name = proxy.ready.layer.address.slice(1).split(":")[0]!;
    const limit = [...Deno.readDirSync(`/proc/${proxy.pid}/fd`)].length + 3;
    const set = new Deno.Command("prlimit", { args: [`--pid=${proxy.pid}`, `--nofile=${limit}:${limit}`] });
    assert.equal((await set.output()).code, 0);
    const held = await Promise.all(
      Array.from({ length: 10 }, () => Deno.connect({ transport: "unix", path: `\0${name}` })),
    );
    await delay(300);
    for (const connection of held) connection.close();
    const joined = proxy.join();
    let isJoined = false;
    joined.then(() => isJoined = true, () => {});
    await until("a layer is let in", () => isJoined);
    const layer = await joined;
    const path = new TextEncoder().encode("/srv/x");
    assert.deepEqual(await layer.ask("decidePath", { path, write: false, own: false }), { verdict: 1, mapped: null });
    layer.close();
  });
});

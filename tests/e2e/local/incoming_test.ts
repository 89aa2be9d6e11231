/** Mirrored and stolen traffic, with true source addresses (M-114, M-115, M-126, M-127). */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, spawn } from "../mirrord.ts";
import { kinds, type ProgramKind } from "../programs.ts";
import { address, publicPort } from "../target/scene.ts";

/** Starts a server under mirrord; ends it by its pid, and drains its output. */
class LocalServer implements AsyncDisposable {
  private constructor(readonly child: Deno.ChildProcess, readonly seenFile: string) {}

  static async start(kind: ProgramKind, isolated: IsolatedTarget, flags: string[]): Promise<LocalServer> {
    const seenFile = await Deno.makeTempFile({ prefix: "mirrord-seen-" });
    const command = [...await kind.answer(), String(publicPort), "local", seenFile];
    return new LocalServer(spawn(isolated.path, command, { flags }), seenFile);
  }

  async seen(): Promise<string[]> {
    return (await Deno.readTextFile(this.seenFile)).split("\n").filter((line) => line !== "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGTERM");
    } catch {
      // it has ended already
    }
    await this.child.output();
    await Deno.remove(this.seenFile);
  }
}

for (const kind of kinds) {
  Deno.test(`${kind.name} answers in the target's place, and gives the port back`, async () => {
    await using isolated = await IsolatedTarget.start();
    assert.equal(await isolated.get(publicPort), "target");
    {
      await using server = await LocalServer.start(kind, isolated, ["--steal"]);
      assert.equal(await eventually(() => isolated.get(publicPort), "local"), "local");
      const { id, from } = await isolated.order<{ id: number; from: string }>({ do: "open", port: publicPort });
      await isolated.order({ do: "say", id, text: "GET /marked HTTP/1.1\r\nHost: x\r\n\r" });
      assert.ok((await server.seen()).includes(`${from} /marked`), `the true source ${from} is seen`);
      await isolated.order({ do: "close", id });
    }
    assert.equal(await eventually(() => isolated.get(publicPort), "target", 2000), "target");
  });

  Deno.test(`${kind.name} gets a copy of the target's traffic`, async () => {
    await using isolated = await IsolatedTarget.start();
    await using server = await LocalServer.start(kind, isolated, []);
    const copied = async () => {
      assert.equal(await isolated.get(publicPort), "target");
      return (await server.seen()).length > 0;
    };
    assert.equal(await eventually(copied, true), true);
    for (const line of await server.seen()) assert.match(line, new RegExp(`^${address}:\\d+ /$`));
  });
}

Deno.test("a program reaches its own listener at a port that the kernel chose", async () => {
  await using isolated = await IsolatedTarget.start();
  const script = `
import socket
listener = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listener.getsockname()).sendall(b"itself")
print(listener.accept()[0].recv(100).decode())`;
  const { stdout } = await spawn(isolated.path, ["python3", "-c", script], {}).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "itself");
});

/** Rows about web servers of several languages, to which the target's requests are mirrored. */
import assert from "node:assert/strict";
import { apps } from "../matrix/provision/cache.ts";
import { publicPort } from "../e2e/target/scene.ts";
import { go, nodeWith, pythonWith } from "./programs.ts";
import { type Ended, row, type Running } from "./row.ts";
import type { Stage } from "./stage.ts";

const python = ["flask==3.1.3", "fastapi==0.121.2", "uvicorn==0.38.0"];
const port = String(publicPort);

const requests = [["GET", ""], ["POST", "posted"], ["PUT", "put"], ["DELETE", "deleted"]] as const;

function request(method: string, body: string): string {
  const length = `content-length: ${body.length}\r\ncontent-type: text/plain\r\n`;
  return `${method} / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n${length}\r\n${body}`;
}

const lineOf = (method: string, body: string) => `${method} ${body}\n`;

/** Says it until the program has printed it: nobody outside knows when copies begin to come. */
async function mirror(stage: Stage, running: Running): Promise<void> {
  for (const [method, body] of requests) {
    for (let tries = 0; !running.stdout.includes(lineOf(method, body)); tries++) {
      assert.ok(tries < 60, `${method} never came; the program said: ${running.stdout}`);
      if (tries % 10 === 0) await stage.say(publicPort, request(method, body));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  running.stop();
}

function sawAll({ stdout }: Ended): void {
  for (const [method, body] of requests) assert.ok(stdout.includes(lineOf(method, body)), stdout);
}

/** The servers' packages lie where a scripted target has nothing. */
const web = (incoming: unknown) => ({ feature: { fs: "local", network: { incoming } } });

const servers = [
  { name: "Flask", command: pythonWith(python, `${apps}/python/serve_flask.py`, port) },
  {
    name: "FastAPI",
    command: pythonWith(python, "-m", "uvicorn", "serve_fastapi:app", "--host", "0.0.0.0", "--port", "9999"),
    mapping: [[9999, publicPort]],
  },
  { name: "Express", command: nodeWith(["express@5.1.0"], "serve_express", port) },
  { name: "Go", command: go("serve", port) },
];

for (const { name, command, mapping = [] } of servers) {
  row({
    name: `mirroring_with_http (${name})`,
    command,
    config: web({ mode: "mirror", port_mapping: mapping }),
    drive: mirror,
    expected: sawAll,
    // Servers talk about themselves.
    complaints: /[^]*/,
    asked: ({ subscribed }) => assert.equal(subscribed[0], `mirror ${publicPort}`),
  });
}

row({
  name: "test_issue864",
  command: pythonWith(
    python,
    ...["-m", "uvicorn", "serve_fastapi:app", "--host", "0.0.0.0", "--port", port, "--reload"],
    ...["--reload-dir", `${apps}/python`],
  ),
  config: web("mirror"),
  drive: mirror,
  expected: sawAll,
  complaints: /[^]*/,
});

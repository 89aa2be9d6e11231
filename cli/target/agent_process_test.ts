import assert from "node:assert/strict";
import type { MirrordError } from "../error.ts";
import { endProcess, startAgentProcess } from "./agent_process.ts";

/** A shell that plays the agent. */
function start(script: string, startupTimeoutMs = 5000, onLine = (_line: string) => {}) {
  const command = ["sh", "-c", script];
  const words = { failure: "no agent", help: "try again" };
  return startAgentProcess({ command, env: { A: "1" }, startupTimeoutMs, onLine, ...words });
}

async function failure(script: string, startupTimeoutMs?: number): Promise<string> {
  let text = "";
  await assert.rejects(start(script, startupTimeoutMs), (error: MirrordError) => {
    text = [error.message, error.cause, error.help].join(" | ");
    return true;
  });
  return text;
}

Deno.test("an agent is there when it says so, with the version or without", async () => {
  for (const line of ["agent ready", "agent ready - version 1.2.3"]) {
    const child = await start(`echo before; echo '${line}'; exec sleep 60`);
    child.ref();
    endProcess(child);
    assert.equal((await child.status).signal, "SIGTERM");
  }
});

Deno.test("what it says on either output is handed over line by line, from before it was ready too", async () => {
  const lines: string[] = [];
  const long = "x".repeat(10_000);
  const script = `echo early >&2; sleep 0.1; echo agent ready; echo late; echo ${long} >&2; printf unended`;
  const child = await start(script, 5000, (line) => lines.push(line));
  child.ref();
  await child.status;
  for (let turns = 0; !lines.includes("unended") && turns < 100; turns++) await new Promise((go) => setTimeout(go, 10));
  assert.equal(lines.filter((line) => line.startsWith("x")).join(""), long);
  assert.deepEqual(lines.filter((line) => !line.startsWith("x")).sort(), ["early", "late", "unended"]);
});

Deno.test("its environment is just what it was given", async () => {
  const child = await start(`[ "$A$HOME" = 1 ] && echo agent ready; exec sleep 60`);
  child.ref();
  endProcess(child);
  await child.status;
});

Deno.test("an agent that ends first is told with its last words", async () => {
  assert.equal(await failure("echo 'no such process' >&2; exit 1"), "no agent | no such process | try again");
  assert.equal(await failure("echo agent readyish"), "no agent | it ended | try again");
});

Deno.test("an agent that says nothing is ended after the time", async () => {
  const text = await failure("echo $$ >&2; exec sleep 60", 300);
  const pid = text.split(" | ")[1]!;
  assert.match(pid, /^\d+$/, "what it said is the reason");
  await assert.rejects(Deno.stat(`/proc/${pid}/exe`), Deno.errors.NotFound);
});

Deno.test("a program that isn't there is told", async () => {
  const missing = startAgentProcess({
    command: ["/nowhere/mirrord-launcher"],
    env: null,
    startupTimeoutMs: 1000,
    onLine: () => {},
    failure: "no agent",
    help: "build it",
  });
  await assert.rejects(missing, /no agent/);
});

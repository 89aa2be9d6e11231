/** An agent that was started by hand is joined over TLS, and says clearly why when it cannot be. */
import assert from "node:assert/strict";
import { makeCertificate } from "../../agent/support/certificate.ts";
import { freePort, HandStartedAgent, startAgent } from "../hand_started_agent.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, spawn } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { address, privatePort, publicPort, target } from "../target/scene.ts";

const python = kinds[0]!;
const command = ["python3", "-c", `import os; print(os.environ["${target.variable}"])`];

/** What a run with this configuration says of its failure. */
async function failure(configuration: string, env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await exec(null, command, { flags: ["-f", configuration], env });
  assert.equal(stdout, "");
  assert.equal(code, 1);
  return stderr;
}

Deno.test("over TLS the program sees the target, and answers in its place", async () => {
  await using isolated = await IsolatedTarget.start();
  await using agent = await HandStartedAgent.start({ targetPid: isolated.pid });
  const flags = ["-f", await agent.configuration()];
  const url = `http://${target.serviceName}:${privatePort}/`;
  const observe = [...await python.observe(), target.variable, target.file, target.serviceName, url];
  const { code, stdout, stderr } = await exec(null, observe, { flags });
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const { variable, content, address: resolved, answer } = JSON.parse(stdout);
  assert.deepEqual({ variable, content, resolved, answer }, {
    variable: target.value,
    content: target.content,
    resolved: address,
    answer: target.serviceAnswer,
  });
  const server = spawn(null, [...await python.answer(), String(publicPort), "local"], {
    flags: [...flags, "--steal"],
  });
  const output = server.output();
  try {
    assert.equal(await eventually(() => isolated.get(publicPort), "local"), "local");
  } finally {
    server.kill("SIGTERM");
    await output;
  }
  assert.equal(await eventually(() => isolated.get(publicPort), "target", 2000), "target");
});

Deno.test("the token may come from a variable, and the name from the configuration", async () => {
  await using isolated = await IsolatedTarget.start();
  await using agent = await HandStartedAgent.start({ targetPid: isolated.pid });
  const configuration = await agent.configuration({ token_file: null, server_name: "agent.test" });
  const env = { MIRRORD_AGENT_TOKEN: agent.token };
  const { stdout, stderr } = await exec(null, command, { flags: ["-f", configuration], env });
  assert.equal(stderr, "");
  assert.equal(stdout, `${target.value}\n`);
});

Deno.test("an agent that cannot be joined: why, and what to do", async (test) => {
  await using isolated = await IsolatedTarget.start();
  await using agent = await HandStartedAgent.start({ targetPid: isolated.pid });
  const other = `${agent.folder}/other.pem`;
  await Deno.writeTextFile(other, (await makeCertificate("agent.test")).cert);
  const wrongToken = `${agent.folder}/wrong_token`;
  await Deno.writeTextFile(wrongToken, "not the token");
  const port = freePort();
  const cases: { name: string; changes: Record<string, unknown>; expected: RegExp[] }[] = [
    {
      name: "an authority that is not trusted",
      changes: { ca_file: other },
      expected: [
        /no TLS connection to the agent at 127\.0\.0\.1:\d+/,
        /invalid peer certificate/,
        /connect_tcp\.ca_file/,
      ],
    },
    {
      name: "another name",
      changes: { server_name: "other.test" },
      expected: [/no TLS connection to the agent at .* as other\.test/, /connect_tcp\.server_name/],
    },
    {
      name: "a wrong token",
      changes: { token_file: wrongToken },
      expected: [/The token is not the one this agent was started with/, /connect_tcp\.token_file/],
    },
    {
      name: "no token",
      changes: { token_file: null },
      expected: [/the token of the agent to join is missing/, /MIRRORD_AGENT_TOKEN/],
    },
    {
      name: "a token's file that is not there",
      changes: { token_file: `${agent.folder}/missing` },
      expected: [/the agent's token could not be read from .*missing/],
    },
    {
      name: "no agent there",
      changes: { address: `127.0.0.1:${port}` },
      expected: [/no connection to the agent at 127\.0\.0\.1/, /refused/i, /Is the agent running there\?/],
    },
    {
      name: "no TLS where the agent wants it",
      changes: { tls: false },
      expected: [/the agent at 127\.0\.0\.1:\d+/, /connect_tcp\.tls/],
    },
  ];
  for (const { name, changes, expected } of cases) {
    await test.step(name, async () => {
      const text = await failure(await agent.configuration(changes));
      for (const pattern of expected) assert.match(text, pattern);
    });
  }
});

Deno.test("without TLS on both sides it works on loopback, and TLS is refused in words", async () => {
  await using isolated = await IsolatedTarget.start();
  await using agent = await HandStartedAgent.start({ targetPid: isolated.pid, withoutTls: true });
  const { stdout, stderr } = await exec(null, command, { flags: ["-f", await agent.configuration({ tls: false })] });
  assert.equal(stderr, "");
  assert.equal(stdout, `${target.value}\n`);
  const refusal = await failure(await agent.configuration());
  assert.match(refusal, /no TLS connection to the agent at/);
  assert.match(refusal, /connect_tcp\.tls = false/);
});

Deno.test("an agent refuses to serve other machines in the clear, and without a token", async () => {
  const listen = ["--targetless", "--listen", `0.0.0.0:${freePort()}`];
  const cases: [args: string[], env: Record<string, string>, expected: RegExp][] = [
    [listen, { MIRRORD_AGENT_TOKEN: "secret" }, /without TLS the token could be read on the way: give --tls-cert/],
    [listen, {}, /the token is missing: name its file with --token-file, or set MIRRORD_AGENT_TOKEN/],
    [[...listen, "--tls-cert", "/nowhere"], { MIRRORD_AGENT_TOKEN: "secret" }, /--tls-cert and --tls-key go together/],
  ];
  for (const [args, env, expected] of cases) {
    const { code, stderr } = await endOf(startAgent(args, env));
    assert.match(stderr, expected);
    assert.equal(code, 2);
  }
});

async function endOf(child: Deno.ChildProcess): Promise<{ code: number; stderr: string }> {
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const { code, stderr } = await child.output();
  clearTimeout(timer);
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/**
 * `./dev demo`: the main job on this machine alone. Builds mirrord, starts a small isolated target, runs ordinary programs
 * as if inside it, and shows what each saw. Ends with 0 when everything was seen, and leaves nothing behind.
 */
import { build } from "../build.ts";
import { run } from "../build/toolchain.ts";
import { IsolatedTarget } from "./isolated_target.ts";
import { localServer, observers, type Program } from "./programs.ts";
import { address, hostName, privateAnswer, publicPort, variableValue } from "./scene.ts";

const root = new URL("..", import.meta.url).pathname;
const mirrord = `${root}dist/mirrord`;

async function main(): Promise<number> {
  console.log("Building dist/mirrord …");
  await build();
  const goProgram = await buildStaticGo();
  await using target = await IsolatedTarget.start();
  console.log(
    `\nThe target is process ${target.pid}: host name ${hostName}, files, variables and a network of its own.`,
  );
  const failures: string[] = [];
  for (const program of observers(goProgram)) await observe(program, target, failures);
  await replaceTarget(target, failures);
  for (const failure of failures) console.error(`\nFAILED: ${failure}`);
  console.log(failures.length === 0 ? "\nEverything was seen as from inside the target. Nothing is left behind." : "");
  return failures.length === 0 ? 0 : 1;
}

async function buildStaticGo(): Promise<string | null> {
  if (!await installed("go")) return null;
  const output = `${root}dist/demo-static-go`;
  const source = `${root}demo/static_go`;
  await run("env", ["CGO_ENABLED=0", "go", "build", "-trimpath", "-ldflags=-s -w", "-o", output, "."], { cwd: source });
  return output;
}

async function installed(command: string): Promise<boolean> {
  if (command.startsWith("/")) return true;
  return (await new Deno.Command("sh", { args: ["-c", `command -v ${command}`], stdout: "null" }).output()).success;
}

function execute(program: Program, target: IsolatedTarget, flags: string[] = []): Deno.Command {
  console.log(
    `\n$ mirrord exec -t process/${target.pid} ${[...flags, ""].join(" ")}-- ${
      program.command[0]
    } …   (${program.name})`,
  );
  const args = ["exec", "-t", `process/${target.pid}`, ...flags, "--", ...program.command];
  return new Deno.Command(mirrord, { args, stdin: "null", stdout: "piped", env: { MIRRORD_PROGRESS_MODE: "off" } });
}

/** Runs a program to its end and looks for everything that only the target can have told it. */
async function observe(program: Program, target: IsolatedTarget, failures: string[]): Promise<void> {
  if (!await installed(program.needs)) return console.log(`\n${program.name}: not installed here, left out`);
  const { success, stdout } = await execute(program, target).output();
  const output = new TextDecoder().decode(stdout);
  console.log(output.replace(/^/gm, "    ").trimEnd());
  const greeting = "hello from a file that only the target has";
  for (const expected of [variableValue, greeting, hostName, address, privateAnswer]) {
    if (!success || !output.includes(expected)) failures.push(`${program.name} did not see "${expected}"`);
  }
}

/** A local server takes the target's port, and gives it back when it ends. */
async function replaceTarget(target: IsolatedTarget, failures: string[]): Promise<void> {
  if (!await installed(localServer.needs)) return console.log(`\n${localServer.name}: not installed here, left out`);
  const ask = async (expected: string) => {
    const answer = await eventually(() => target.visit(), expected);
    console.log(`    a request to ${address}:${publicPort} in the target's network: ${answer}`);
    if (answer !== expected) failures.push(`the request was not ${expected}`);
  };
  await ask("answered by the target");
  const server = execute(localServer, target, ["--steal"]).spawn();
  await ask("answered by the local program");
  server.kill("SIGTERM");
  await server.stdout.cancel();
  await server.status;
  await ask("answered by the target");
}

/** Starting and ending take a moment. */
async function eventually(ask: () => Promise<string>, expected: string): Promise<string> {
  const deadline = performance.now() + 15_000;
  while (true) {
    const answer = await ask();
    if (answer === expected || performance.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

if (import.meta.main) Deno.exit(await main());

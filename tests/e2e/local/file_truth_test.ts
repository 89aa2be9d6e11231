/**
 * Seeded sequences of file calls, played by the same program inside the target and under mirrord in write mode: results,
 * errnos, metadata and contents are the same, through either door (M-100, M-101, M-109).
 */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { sequence } from "../file_sequences.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { mirrordFile, quietEnv } from "../mirrord.ts";

const sequences = 420;
const callsEach = 40;
const sequencesInBatch = 105;
const limitMs = 120_000;

const doors = [
  { name: "the preload's", flags: [] },
  { name: "the supervisor's", flags: ["-static"] },
  { name: "the 32-bit", flags: ["-static", "-m32"] },
];

for (const { name, flags } of doors) {
  Deno.test(`${sequences} sequences of file calls through ${name} door are as in the target`, async () => {
    const driver = await cProgram("file_calls", { flags });
    await using isolated = await IsolatedTarget.start();
    for (let seed = 0; seed < sequences; seed += sequencesInBatch) {
      const seeds = Array.from({ length: sequencesInBatch }, (_, index) => seed + index);
      const script = seeds.flatMap((each) => sequence(each, callsEach)).join("\n");
      await assertSame(isolated, driver, script, seed);
    }
  });
}

async function assertSame(isolated: IsolatedTarget, driver: string, script: string, batch: number): Promise<void> {
  const [native, remote] = [`/srv/native${batch}`, `/srv/remote${batch}`];
  const inside = ["nsenter", "-t", String(isolated.pid), "-U", "-m", "--preserve-credentials"];
  await run([...inside, "mkdir", native, remote]);
  const mirrord = [mirrordFile, "exec", "-t", isolated.path, "--fs-mode", "write", "--"];
  const expected = await run([...inside, driver, native], script);
  const actual = await run([...mirrord, driver, remote], script);
  compare(expected, actual);
  const look = "find . -printf '%p %y %m %n %s %l\\n' | sort; find . -type f -print0 | sort -z | xargs -0 md5sum";
  const tree = (path: string) => run([...inside, "bash", "-c", `cd ${path}; ${look}`]);
  assert.equal(await tree(remote), await tree(native));
}

/** Line by line, with what went before the first difference. */
function compare(expected: string, actual: string): void {
  const [wanted, got] = [expected.split("\n"), actual.split("\n")];
  const at = wanted.findIndex((line, index) => line !== got[index]);
  if (at < 0) return assert.equal(got.length, wanted.length);
  const begin = wanted.findLastIndex((line, index) => index <= at && line.startsWith("base"));
  assert.fail(`${wanted.slice(begin, at).join("\n")}\nin the target: ${wanted[at]}\nunder mirrord: ${got[at]}`);
}

/** What a command says; it must succeed and not complain. */
async function run([command, ...args]: string[], input = ""): Promise<string> {
  const child = new Deno.Command(command!, { args, env: quietEnv, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const writer = child.stdin.getWriter();
  const output = child.output();
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await output;
  clearTimeout(timer);
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(code, 0, `${command} ${args.join(" ")}`);
  return new TextDecoder().decode(stdout);
}

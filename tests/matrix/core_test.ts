/**
 * The core of the matrix: programs of each language and way to link, and a server of each kind, see the target's variables,
 * files, directories, names and services, write files there, and serve its traffic before and after they are started again
 * (M-023, M-024, M-100, M-153, M-162).
 */
import assert from "node:assert/strict";
import type { Result } from "./outcome.ts";
import { ProcessPlace } from "./place.ts";
import { inPool } from "./pool.ts";
import { programs } from "./programs/all.ts";
import { installFor } from "./provision/debian.ts";
import { runProgram } from "./run_program.ts";
import { verdictOf } from "./verdict.ts";

const atOnce = 2;
const core = programs.filter((program) => program.core);
let started: Promise<Result>[] | undefined;

/** All of them, a few at a time; the first test starts them. */
async function results(): Promise<Promise<Result>[]> {
  if (started === undefined) await installFor(core);
  started ??= inPool(core, atOnce, (program) => runProgram(program, () => ProcessPlace.start()));
  return started;
}

core.forEach((program, index) => {
  // Others run beside it, and their processes are not its leaks.
  const sanitizers = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({
    name: `${program.name} is at home in the target`,
    ...sanitizers,
    fn: async () => {
      const verdict = verdictOf(await (await results())[index]!);
      assert.deepEqual(verdict.problems, []);
      assert.ok(verdict.passed.length > 0);
    },
  });
});

/**
 * The core of the matrix on a pod: what a program sees is what it sees in the pod's network with the pod's files and variables; a
 * program of each door takes the pod's traffic, also after it is started again (M-023, M-100, M-126, M-153, M-162).
 */
import assert from "node:assert/strict";
import { PodPlace } from "./pod_place.ts";
import { programs } from "./programs/all.ts";
import { installFor } from "./provision/debian.ts";
import { runProgram } from "./run_program.ts";
import { verdictOf } from "./verdict.ts";

const core = [
  "C, glibc",
  "C, musl",
  "C, musl, static",
  "Rust, std",
  "Go, net/http, static and stripped",
  "Go, net/http, cgo",
  "Python, urllib and http.server",
  "Node, http",
  "Java, java.io and java.net",
  "curl",
];
/** One for each door. */
const servers = ["Go, net/http, static and stripped", "Python, urllib and http.server"];

for (const name of core) {
  Deno.test(`${name} is at home in a pod`, async () => {
    const program = programs.find((program) => program.name === name)!;
    await installFor([program]);
    const result = await runProgram(program, () => PodPlace.start(), { serves: servers.includes(name) });
    const verdict = verdictOf(result);
    assert.deepEqual(verdict.problems, []);
    assert.ok(verdict.passed.length > 0);
  });
}

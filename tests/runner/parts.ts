/** The parts of the suite, in the order they run. */

export interface Part {
  name: string;
  what: string;
  commands: string[][];
  env?: Record<string, string>;
  /** At least so many tests must run: a part that silently loses tests fails. */
  minimum: number;
  limitMinutes: number;
  /** Not part of `./dev test` without a name. */
  onRequest?: boolean;
}

const deno = Deno.execPath();
const denoTest = (...paths: string[]) => [deno, "test", "-A", "--quiet", "--permit-no-files", ...paths];

export const parts: Part[] = [
  {
    name: "ok",
    what: "format, lint, types, layout rules, unused exports, documents, generated files",
    commands: [[deno, "task", "--quiet", "ok"]],
    minimum: 11,
    limitMinutes: 5,
  },
  {
    name: "unit",
    what: "each file against its own promises",
    commands: [denoTest("protocol", "config", "cli", "agent", "build", "demo", "tests/tidy", "tests/bench")],
    minimum: 550,
    limitMinutes: 8,
  },
  {
    name: "golden",
    what: "both sides of the layer's protocol on the same bytes",
    commands: [denoTest("tests/golden")],
    minimum: 8,
    limitMinutes: 4,
  },
  {
    name: "build",
    what: "the files of dist/",
    commands: [[deno, "run", "-A", "tests/runner/build_dist.ts"]],
    minimum: 1,
    limitMinutes: 10,
  },
  {
    name: "zig",
    what: "the layer's, the supervisor's and the launcher's own tests",
    commands: [[deno, "run", "-A", "tests/runner/zig_tests.ts"]],
    minimum: 50,
    limitMinutes: 10,
  },
  {
    name: "link",
    what: "10 000 seeds of broken tunnels",
    commands: [denoTest("protocol/link/simulation_test.ts")],
    env: { MIRRORD_SIMULATION_SEEDS: "10000" },
    minimum: 2,
    limitMinutes: 10,
  },
  {
    name: "fuzz",
    what: "every decoder on hostile bytes",
    commands: [denoTest("tests/fuzz")],
    minimum: 6,
    limitMinutes: 6,
  },
  {
    name: "layer",
    what: "real programs under the layer and the supervisor, against a scripted proxy",
    commands: [denoTest("tests/layer")],
    minimum: 50,
    limitMinutes: 10,
  },
  {
    name: "agent",
    what: "the real agent in namespaces of its own",
    commands: [denoTest("tests/agent", "tests/intproxy")],
    minimum: 125,
    limitMinutes: 12,
  },
  {
    name: "e2e",
    what: "the built mirrord on local targets",
    commands: [denoTest("tests/e2e/local")],
    minimum: 75,
    limitMinutes: 25,
  },
  {
    name: "starts",
    what:
      "10 000 starts inside one session of each door, and 50 sessions, under load and signals (last run: tests/logs/starts.txt)",
    commands: [denoTest("tests/e2e/local/starts_test.ts")],
    env: { MIRRORD_STARTS: "10000", MIRRORD_SESSIONS: "50" },
    minimum: 3,
    limitMinutes: 30,
    onRequest: true,
  },
  {
    name: "upstream",
    what: "the original's layer tests, against a scripted agent and the real one",
    commands: [denoTest("tests/upstream")],
    minimum: 140,
    limitMinutes: 12,
  },
  {
    name: "apps",
    what: "the core of the matrix: each language and way to link, a server of each kind",
    commands: [denoTest("tests/matrix/core_test.ts")],
    minimum: 17,
    limitMinutes: 10,
  },
  {
    name: "engines",
    what: "the built mirrord on containers of docker and podman",
    commands: [denoTest("tests/e2e/engines")],
    minimum: 5,
    limitMinutes: 10,
  },
  {
    name: "cluster",
    what: "the built mirrord on the real Kubernetes",
    commands: [
      [deno, "run", "-A", "tests/cluster/main.ts", "up"],
      denoTest("tests/cluster", "tests/e2e/cluster", "tests/matrix/pod_core_test.ts"),
      [deno, "run", "-A", "tests/cluster/main.ts", "down"],
    ],
    minimum: 24,
    limitMinutes: 30,
  },
  {
    name: "safe",
    what: "a build with Zig's run-time checks: an illegal step panics, where otherwise it might pass",
    commands: [
      [deno, "run", "-A", "tests/runner/zig_tests.ts"],
      [deno, "run", "-A", "build.ts", "--safe", "--way=launcher"],
      denoTest("tests/layer"),
      denoTest(...["context", "incoming", "session_end"].map((name) => `tests/e2e/local/${name}_test.ts`)),
      denoTest("tests/matrix/core_test.ts"),
    ],
    env: { MIRRORD_TEST_SAFE: "1" },
    minimum: 160,
    limitMinutes: 15,
  },
  {
    name: "matrix",
    what: "every real program in every cell of docs/compatibility.md, which is written anew",
    commands: [[deno, "run", "-A", "tests/matrix/main.ts"]],
    minimum: 100,
    limitMinutes: 60,
    onRequest: true,
  },
];

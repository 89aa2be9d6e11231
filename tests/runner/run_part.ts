/** Runs one part of the suite and counts what it ran. */
import type { Part } from "./parts.ts";

export interface PartResult {
  name: string;
  passed: number;
  failed: number;
  durationMs: number;
  /** What is wrong beyond failed tests: a crash, a time-out, too few tests. */
  problems: string[];
}

/** Streams the output of every command of the part; ends its whole process group at the time limit. */
export async function runPart(part: Part): Promise<PartResult> {
  const started = performance.now();
  const result: PartResult = { name: part.name, passed: 0, failed: 0, durationMs: 0, problems: [] };
  for (const command of part.commands) await runCommand(part, command, result);
  if (result.passed + result.failed < part.minimum) {
    result.problems.push(`only ${result.passed + result.failed} tests ran, at least ${part.minimum} must`);
  }
  result.durationMs = performance.now() - started;
  return result;
}

async function runCommand(part: Part, command: string[], result: PartResult): Promise<void> {
  const child = new Deno.Command("setsid", {
    args: ["--wait", ...command],
    env: { NO_COLOR: "1", ...part.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => {
    result.problems.push(`${command.join(" ")} took longer than ${part.limitMinutes} minutes`);
    endGroup(child.pid);
  }, part.limitMinutes * 60_000);
  const [stdout, stderr, status] = await Promise.all([show(child.stdout), show(child.stderr), child.status]);
  clearTimeout(timer);
  const counts = count(stdout + stderr);
  result.passed += counts.passed;
  result.failed += counts.failed;
  if (!status.success && counts.failed === 0) result.problems.push(`${command.join(" ")} ended with ${status.code}`);
}

/** `setsid` forks only when it leads its group already; either way the pid we know is the group's. */
function endGroup(pid: number): void {
  try {
    Deno.kill(-pid as number, "SIGTERM");
  } catch {
    Deno.kill(pid, "SIGTERM");
  }
}

async function show(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    const piece = decoder.decode(bytes, { stream: true });
    await Deno.stdout.write(bytes);
    text += piece;
  }
  return text;
}

/** The closing lines of `deno test`, of Zig's test runner, and of our own checks (`N passed, N failed`). */
function count(output: string): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  for (const line of output.split("\n")) {
    const deno = line.match(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/);
    const zig = line.match(/(\d+)\/(\d+) tests passed/) ?? line.match(/^All (\d+) tests passed/);
    const plain = line.match(/^(\d+) passed, (\d+) failed$/);
    if (deno ?? plain) {
      passed += Number((deno ?? plain)![1]);
      failed += Number((deno ?? plain)![2]);
    } else if (zig) {
      passed += Number(zig[1]);
      failed += zig[2] === undefined ? 0 : Number(zig[2]) - Number(zig[1]);
    }
  }
  return { passed, failed };
}

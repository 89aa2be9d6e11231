/** docs/checklist.md: every capability that is promised has a line, and every line names tests that are there. */

/** The numbers that the issues resolved so far promise. */
const promised = numbersIn(
  "3 6-10 13 15-21 23-27 29 30 32 35 39-41 74 75 81-85 87 88 91 100 105 106 108-115 126 127 153 162 166 169-171 173 " +
    "179-182 187 195",
);

/** Promised, and not shown by a test yet: such a number gets its line with its test, and leaves this list. */
const waiting: number[] = [];

/** Returns a line for each number without a line, and for each line without a test. */
export async function checklistProblems(root: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${root}/docs/checklist.md`);
  const lines = new Map<number, string>();
  const problems: string[] = [];
  for (const [line, id] of text.matchAll(/^\| M-(\d{3}) .*$/gm)) {
    const number = Number(id);
    if (lines.has(number)) problems.push(`${nameOf(number)} has two lines`);
    lines.set(number, line);
    problems.push(...testProblems(root, nameOf(number), line));
  }
  for (const number of promised) {
    if (!lines.has(number) && !waiting.includes(number)) problems.push(`${nameOf(number)} is promised and has no line`);
    if (lines.has(number) && waiting.includes(number)) problems.push(`${nameOf(number)} has a line and waits no more`);
  }
  return problems.map((problem) => `docs/checklist.md: ${problem}`);
}

/** The last column names files that hold tests. */
function testProblems(root: string, name: string, line: string): string[] {
  const files = [...line.split("|").at(-2)!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  if (files.length === 0) return [`${name} names no test`];
  return files.filter((file) => !holdsTest(`${root}/${file}`)).map((file) => `${name}: ${file} holds no test`);
}

function holdsTest(file: string): boolean {
  try {
    return /\bDeno\.test\(|^test "/m.test(Deno.readTextFileSync(file));
  } catch {
    return false;
  }
}

/** The numbers of a text like `3 6-10`. */
function numbersIn(text: string): number[] {
  return text.split(" ").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function nameOf(number: number): string {
  return `M-${String(number).padStart(3, "0")}`;
}

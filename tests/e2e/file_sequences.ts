/** Sequences of file calls by a seed, as `tests/apps/c/file_calls.c` plays them. */

/** A small generator (mulberry32): the same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

const O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0o100, O_EXCL = 0o200, O_TRUNC = 0o1000, O_APPEND = 0o2000;
const O_DIRECTORY = 0o200000, O_NOFOLLOW = 0o400000;
const files = ["a", "b", "c", "dir/a", "dir/b", "dir/sub/c", "soft", "gone/x", "a/x", "dir"];
const directories = ["dir", "dir/sub", "other", "a", "soft", "gone/y"];
const modes = ["0644", "0600", "0755", "0666", "0777", "0444"];

type Pick = <T>(values: readonly T[]) => T;

interface Dice {
  below: (limit: number) => number;
  pick: Pick;
  /** One of the names, absolute or (after an @) relative to the working directory. */
  name: (values: readonly string[]) => string;
}

/** The calls, each with how often it comes. */
const calls: [weight: number, make: (dice: Dice) => string][] = [
  [14, ({ below, pick, name }) => `open ${below(4)} ${name(files)} ${openFlags(pick)} ${pick(modes)}`],
  [2, ({ below, name }) => `open 5 ${name(directories)} ${O_DIRECTORY} ${below(1)}`],
  [3, ({ below, pick }) => `openat ${below(4)} ${pick(["a", "b", "sub/c"])} ${openFlags(pick)} ${pick(modes)} 5`],
  [5, ({ below }) => `close ${below(6)}`],
  [8, ({ below, pick }) => `read ${below(4)} ${pick([1, 100, 5000, 100_000])}`],
  [3, ({ below, pick }) => `pread ${below(4)} ${pick([1, 4096, 70_000])} ${pick([0, 1, 4000, 60_000])}`],
  [12, ({ below, pick }) => `write ${below(4)} ${pick([0, 1, 13, 4096, 9000, 70_000])} ${below(1000)}`],
  [
    5,
    ({ below, pick }) =>
      `pwrite ${below(4)} ${pick([1, 17, 4096])} ${pick([0, 5, 4095, 65_536, 200_000])} ${below(99)}`,
  ],
  [2, ({ below, pick }) => `child ${below(4)} ${pick([1, 300, 20_000])} ${below(1000)}`],
  [4, ({ below, pick }) => `lseek ${below(4)} ${pick([0, 3, 5000, -2])} ${below(3)}`],
  [3, ({ below, pick }) => `ftruncate ${below(4)} ${pick([0, 10, 4096, 100_001])}`],
  [2, ({ pick, name }) => `truncate ${name(files)} ${pick([0, 7, 5000, -1])}`],
  [2, ({ below, pick }) => `mmap ${below(4)} ${pick([0, 100])} ${below(200)}`],
  [2, ({ below, pick }) => `${pick(["fsync", "fdatasync"])} ${below(6)}`],
  [8, ({ below }) => `fstat ${below(6)}`],
  [7, ({ pick, name }) => `${pick(["stat", "lstat"])} ${name([...files, ...directories])}`],
  [2, ({ pick, name }) => `access ${name(files)} ${pick([0, 1, 2, 4, 6])}`],
  [5, ({ pick, name }) => `mkdir ${name(directories)} ${pick(["0755", "0777", "0700"])}`],
  [2, ({ name }) => `rmdir ${name([...directories, "b"])}`],
  [4, ({ name }) => `unlink ${name([...files, "other"])}`],
  [5, ({ name }) => `rename ${name([...files, ...directories])} ${name([...files, ...directories])}`],
  [1, ({ pick, name }) => `renameat2 ${name(files)} ${name(files)} ${pick([1, 2])}`],
  [3, ({ name }) => `link ${name(files)} ${name(files)}`],
  [3, ({ pick, name }) => `symlink ${pick(["a", "dir/b", "nowhere", "dir"])} ${name(["soft", "b", "dir/a"])}`],
  [1, ({ name }) => `readlink ${name(["soft", "b", "a", "gone/x"])}`],
  [2, ({ pick, name }) => `chmod ${name(files)} ${pick(modes)}`],
  [2, ({ below, pick }) => `fchmod ${below(6)} ${pick(modes)}`],
  [1, ({ pick, name }) => `chown ${name(files)} ${pick([0, -1])} ${pick([0, -1])}`],
  [2, ({ below, name }) => `utimes ${name(files)} ${below(9999)} ${below(9999)}`],
  [2, ({ below }) => `futimens ${below(6)} ${below(9999)}`],
  [1, ({ pick, name }) => `setxattr ${name(files)} user.${pick(["a", "b"])} value ${pick([0, 1, 2])}`],
  [1, ({ pick, name }) => `getxattr ${name(files)} user.${pick(["a", "b"])}`],
  [1, ({ below, pick }) => `fgetxattr ${below(4)} user.${pick(["a", "b"])}`],
  [1, ({ pick, name }) => `removexattr ${name(files)} user.${pick(["a", "b"])}`],
  [4, ({ name }) => `list ${name([".", "dir", "dir/sub", "a"])}`],
  [1, ({ pick }) => `umask ${pick(["022", "077", "0"])}`],
];

/** Steps between them. */
const steps: ((dice: Dice) => string)[] = [
  ({ name }) => `chdir ${name(directories)}`,
  ({ name }) => `chdir ${name(["dir", "dir/sub", "."])}`,
  () => "chdir @..",
  () => "fchdir 5",
];

function openFlags(pick: Pick): number {
  const access = pick([0, 0, O_WRONLY, O_RDWR, O_RDWR]);
  const creation = pick([0, O_CREAT, O_CREAT, O_CREAT | O_TRUNC, O_CREAT | O_EXCL]);
  const extra = pick([0, 0, 0, O_APPEND, O_TRUNC, O_NOFOLLOW]);
  // What O_TRUNC does without the right to write is not defined.
  return access | creation | extra & ~(access === 0 ? O_TRUNC : 0);
}

/** One sequence a seed; each has a directory of its own, and ends with a look at everything. */
export function sequence(seed: number, length: number): string[] {
  const below = random(seed);
  const walk = random(~seed);
  const pick: Pick = (values) => values[below(values.length)]!;
  const dice: Dice = { below, pick, name: (values) => (walk(3) === 0 ? "@" : "") + pick(values) };
  const total = calls.reduce((sum, [weight]) => sum + weight, 0);
  const lines = [`base s${seed}`, "mkdir dir 0755", "open 0 a 66 0644", "write 0 5000 1"];
  while (lines.length < length) {
    let at = below(total);
    lines.push(calls.find(([weight]) => (at -= weight) < 0)![1](dice));
    if (walk(8) === 0) lines.push(steps[walk(steps.length)]!({ ...dice, below: walk }));
  }
  for (const directory of [".", "dir", "dir/sub", "other"]) lines.push(`list ${directory}`);
  for (const file of files) lines.push(`lstat ${file}`, `open 0 ${file} 0 0`, "read 0 1000000", "read 0 1000000");
  return lines;
}

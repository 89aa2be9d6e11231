/** Files of variables: `NAME=value` lines, as `feature.env.env_file` and `--env-file` name them. */

/** A line that is no variable. */
export class DotenvError extends Error {
  override name = "DotenvError";

  constructor(message: string, readonly line: number) {
    super(`line ${line}: ${message}`);
  }
}

/**
 * Parses the text of a file. `export` in front, comments, and quotes are allowed: in single quotes everything stands for
 * itself; in double quotes `\n`, `\"`, `\\` and `\$` are escapes, and lines may go on; outside of single quotes `$NAME` and
 * `${NAME}` stand for a variable of the file so far, else of `known`, else for nothing.
 *
 * @throws {DotenvError}
 */
export function parseDotenv(text: string, known: (name: string) => string | undefined): Map<string, string> {
  const variables = new Map<string, string>();
  const lookUp = (name: string) => variables.get(name) ?? known(name) ?? "";
  let rest = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  let line = 1;
  while (rest !== "") {
    const taken = readLine(rest, line, lookUp);
    if (taken.variable !== null) variables.set(...taken.variable);
    line += rest.slice(0, taken.length).split("\n").length - 1;
    rest = rest.slice(taken.length);
  }
  return variables;
}

type LookUp = (name: string) => string;

/** One line, its end included; with double quotes it may be several. */
function readLine(text: string, line: number, lookUp: LookUp): { variable: [string, string] | null; length: number } {
  const blank = /^[ \t]*(?:#[^\n]*)?(?:\n|$)/.exec(text);
  if (blank !== null) return { variable: null, length: blank[0].length };
  const head = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=[ \t]*/.exec(text);
  if (head === null) throw new DotenvError("expected NAME=value", line);
  const value = readValue(text.slice(head[0].length), line, lookUp);
  const length = head[0].length + value.length;
  const end = /^[ \t]*(?:#[^\n]*)?(?:\n|$)/.exec(text.slice(length));
  if (end === null) throw new DotenvError("something follows the closing quote", line);
  return { variable: [head[1]!, value.value], length: length + end[0].length };
}

function readValue(text: string, line: number, lookUp: LookUp): { value: string; length: number } {
  if (text.startsWith("'")) {
    const end = text.indexOf("'", 1);
    if (end === -1) throw new DotenvError("a quote has no end", line);
    return { value: text.slice(1, end), length: end + 1 };
  }
  if (text.startsWith('"')) {
    const quoted = /^"((?:\\[^]|[^"\\])*)"/.exec(text);
    if (quoted === null) throw new DotenvError("a quote has no end", line);
    return { value: expand(quoted[1]!, lookUp), length: quoted[0].length };
  }
  // A comment begins with `#` after a blank: sample `color=#fff # white`.
  const plain = /^[^\n]*?(?=[ \t]+#|[ \t]*(?:\n|$))/.exec(text)![0];
  return { value: expand(plain, lookUp), length: plain.length };
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function expand(text: string, lookUp: LookUp): string {
  return text.replaceAll(/\\([^])|\$\{(\w+)\}|\$([A-Za-z_]\w*)/g, (_, escaped, braced, bare) => {
    return escaped === undefined ? lookUp(braced ?? bare) : escapes[escaped] ?? escaped;
  });
}

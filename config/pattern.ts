/**
 * Regular expressions of configuration files. They are written for the original's engine; what JavaScript spells otherwise is
 * translated, and what it doesn't have is refused: without the flag `u` it would be read as something else in silence.
 */

/** A pattern that cannot be used; the message quotes it. */
export class PatternError extends Error {
  override name = "PatternError";
}

/** How an expression is spelled elsewhere, and here. Sample: `[[:alpha:]]`, `\pL`, `\h`. */
const posixClasses: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\t\\n\\v\\f\\r ",
  blank: "\\t ",
  punct: "!-\\/:-@\\[-`{-~",
  word: "A-Za-z0-9_",
  xdigit: "0-9A-Fa-f",
};

const escapes: Readonly<Record<string, string>> = {
  A: "^",
  z: "$",
  h: "[0-9A-Fa-f]",
  H: "[^0-9A-Fa-f]",
  a: "\\x07",
};

/** Letters that mean something after a backslash in JavaScript; other escaped letters are refused by its flag `u`. */
const nativeEscape = /[bBdDwWsSpPkuxcfnrtv0-9^$\\.*+?()[\]{}|/-]/;

/**
 * Compiles a pattern.
 *
 * @param flags of JavaScript, besides `u`; `i` for any case
 * @throws {PatternError}
 */
export function compilePattern(source: string, flags = ""): RegExp {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(source);
  const body = leading === null ? source : source.slice(leading[0].length);
  let wanted = flags;
  for (const flag of leading?.[1] ?? "") {
    if (!"ismu".includes(flag)) throw new PatternError(`\`${source}\`: the flag \`(?${flag})\` is not supported`);
    if (!wanted.includes(flag)) wanted += flag;
  }
  try {
    return new RegExp(translate(body), wanted.includes("u") ? wanted : wanted + "u");
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: /, "").replace(/^\/.*\/\w*: /s, "");
    throw new PatternError(`\`${source}\` is no valid regular expression: ${reason}`);
  }
}

function translate(source: string): string {
  let result = "";
  let inClass = false;
  for (let position = 0; position < source.length; position++) {
    const rest = source.slice(position);
    const [taken, text] = inClass ? classPart(rest) : plainPart(rest);
    if (text === "[" && !inClass) inClass = true;
    else if (text === "]" && inClass) inClass = false;
    result += text;
    position += taken - 1;
  }
  return result;
}

type Part = [taken: number, text: string];

function plainPart(rest: string): Part {
  if (rest[0] === "\\") return escape(rest, false);
  if (rest.startsWith("(?P<")) return [4, "(?<"];
  // A brace that counts nothing is a brace: sample `a{b`.
  if (rest[0] === "{" && !/^\{\d+(,\d*)?\}/.test(rest)) return [1, "\\{"];
  if (rest[0] === "{") return [rest.indexOf("}") + 1, rest.slice(0, rest.indexOf("}") + 1)];
  if (rest[0] === "}" || rest[0] === "]") return [1, `\\${rest[0]}`];
  return [1, rest[0]!];
}

function classPart(rest: string): Part {
  if (rest[0] === "\\") return escape(rest, true);
  const posix = /^\[:(\w+):\]/.exec(rest);
  if (posix !== null && Object.hasOwn(posixClasses, posix[1]!)) return [posix[0].length, posixClasses[posix[1]!]!];
  return [1, rest[0] === "[" ? "\\[" : rest[0]!];
}

function escape(rest: string, inClass: boolean): Part {
  const letter = rest[1];
  if (letter === undefined) return [1, "\\"];
  const code = /^\\x\{([0-9A-Fa-f]{1,6})\}/.exec(rest);
  if (code !== null) return [code[0].length, `\\u{${code[1]}}`];
  const short = /^\\([pP])([A-Z])/.exec(rest);
  if (short !== null) return [3, `\\${short[1]}{${short[2]}}`];
  if (Object.hasOwn(escapes, letter) && !(inClass && "AzhH".includes(letter))) return [2, escapes[letter]!];
  if (letter === "-" && !inClass) return [2, "-"];
  if (nativeEscape.test(letter) || /[A-Za-z]/.test(letter)) return [2, rest.slice(0, 2)];
  return [1 + [...rest.slice(1)][0]!.length, [...rest.slice(1)][0]!];
}

/**
 * Puts what groups matched into a replacement: `$1`, `${name}`, `$$` for a dollar sign. Unknown groups are empty.
 *
 * @param match of a pattern of `compilePattern`
 */
export function expandReplacement(replacement: string, match: RegExpExecArray): string {
  return replacement.replaceAll(/\$(?:(\$)|(\w+)|\{(\w+)\})/g, (_, dollar, bare, braced) => {
    if (dollar !== undefined) return "$";
    const name: string = bare ?? braced;
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? "";
  });
}

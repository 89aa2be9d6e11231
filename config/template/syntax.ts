/**
 * From Tera's surface to that of nunjucks, whose parser reads the template afterwards. Both are children of Jinja; they differ
 * in strings (Tera's know no escapes, and may stand in back-ticks), `list.0`, `self::macro()`, `True`, and comments.
 */
import { TemplateError } from "./error.ts";

const closings = { "{{": "}}", "{%": "%}", "{#": "#}" } as const;
type Opening = keyof typeof closings;

/**
 * The template in the syntax of nunjucks.
 *
 * @throws {TemplateError} when a tag or string has no end
 */
export function fromTera(template: string): string {
  let result = "";
  let rest = template;
  for (;;) {
    const start = rest.search(/\{[{%#]/);
    if (start === -1) return result + rest;
    result += rest.slice(0, start);
    const tag = readTag(rest.slice(start));
    rest = rest.slice(start + tag.length);
    if (tag.opening === "{#") continue;
    if (/^-?\s*raw\s*-?$/.test(tag.code) && tag.opening === "{%") {
      const raw = readRaw(rest, tag.code);
      rest = rest.slice(raw.length);
      result += raw.text === "" ? "" : `{{${tag.code.startsWith("-") ? "-" : ""} ${quoted(raw.text)} }}`;
      continue;
    }
    result += tag.opening + translate(tag.code) + closings[tag.opening];
  }
}

interface Tag {
  opening: Opening;
  /** What stands between the delimiters, with the `-` of whitespace control. */
  code: string;
  /** Length of the whole tag. */
  length: number;
}

/** `text` begins with an opening delimiter. */
function readTag(text: string): Tag {
  const opening = text.slice(0, 2) as Opening;
  const closing = closings[opening];
  let position = 2;
  while (!text.startsWith(closing, position)) {
    if (position >= text.length) throw new TemplateError(`\`${opening}\` has no end`);
    const isString = opening !== "{#" && isQuote(text[position]!);
    position = isString ? endOfString(text, position) : position + 1;
  }
  return { opening, code: text.slice(2, position), length: position + 2 };
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'" || character === "`";
}

/** Position after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  const end = text.indexOf(text[start]!, start + 1);
  if (end === -1) throw new TemplateError("a string has no end");
  return end + 1;
}

/** The text up to `{% endraw %}`; `code` is that of the opening tag. */
function readRaw(rest: string, code: string): { text: string; length: number } {
  const end = /\{%(-?)\s*endraw\s*(-?)%\}/.exec(rest);
  if (end === null) throw new TemplateError("`{% raw %}` has no `{% endraw %}`");
  let text = rest.slice(0, end.index);
  if (code.endsWith("-")) text = text.trimStart();
  if (end[1] === "-") text = text.trimEnd();
  const after = rest.slice(end.index + end[0].length);
  const trimmed = end[2] === "-" ? after.length - after.trimStart().length : 0;
  return { text, length: end.index + end[0].length + trimmed };
}

function translate(code: string): string {
  let result = "";
  let position = 0;
  while (position < code.length) {
    if (isQuote(code[position]!)) {
      const end = endOfString(code, position);
      result += quoted(code.slice(position + 1, end - 1));
      position = end;
      continue;
    }
    const end = code.slice(position).search(/["'`]/);
    const plain = code.slice(position, end === -1 ? code.length : position + end);
    result += translatePlain(plain);
    position += plain.length;
  }
  return result;
}

/** `list.0.name` → `list[0].name`, `self::f` → `f`, `True` → `true`. */
function translatePlain(code: string): string {
  return code
    .replaceAll(/(?<=[A-Za-z_]\w*(?:\.\w+)*|\])\.(\d+)(?!\w)/g, "[$1]")
    .replaceAll(/\bself::/g, "")
    .replaceAll(/(?<![\w.])(True|False)\b/g, (word) => word.toLowerCase());
}

/** A string that the parser of nunjucks reads as exactly this text. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

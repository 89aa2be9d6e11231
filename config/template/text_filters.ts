/** Filters on strings. */
import type { Arguments } from "./arguments.ts";
import { TemplateError } from "./error.ts";
import type { Value } from "./value.ts";

type TextFilter = (text: string, args: Arguments) => Value;

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
  "/": "&#x2F;",
};

const onText: Record<string, TextFilter> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  capitalize: (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
  title: (text) => text.replaceAll(/[\p{L}\p{N}_']+/gu, (word) => word[0]!.toUpperCase() + word.slice(1).toLowerCase()),
  trim: (text) => text.trim(),
  trim_start: (text) => text.trimStart(),
  trim_end: (text) => text.trimEnd(),
  trim_start_matches(text, args) {
    const pattern = nonEmpty(args, "pat");
    while (text.startsWith(pattern)) text = text.slice(pattern.length);
    return text;
  },
  trim_end_matches(text, args) {
    const pattern = nonEmpty(args, "pat");
    while (text.endsWith(pattern)) text = text.slice(0, -pattern.length);
    return text;
  },
  replace: (text, args) => text.replaceAll(args.text("from"), () => args.text("to")),
  split: (text, args) => text.split(args.text("pat")),
  truncate(text, args) {
    const characters = [...text];
    const length = args.number("length", 255);
    return characters.length <= length ? text : characters.slice(0, length).join("") + args.text("end", "…");
  },
  slugify: (text) => slug(text),
  addslashes: (text) => text.replaceAll(/[\\"']/g, "\\$&"),
  wordcount: (text) => text.split(/\s+/).filter((word) => word !== "").length,
  linebreaksbr: (text) => text.replaceAll(/\r?\n/g, "<br>"),
  striptags: (text) => text.replaceAll(/<!--[^]*?-->|<[^>]*>/g, ""),
  spaceless: (text) => text.replaceAll(/>\s+</g, "><"),
  indent: (text, args) => text.replaceAll("\n", "\n" + args.text("prefix", "    ")),
  // `/` stays readable in the plain form, as in Tera.
  urlencode: (text) => percentEncode(text).replaceAll("%2F", "/"),
  urlencode_strict: (text) => percentEncode(text),
  escape: (text) => text.replaceAll(/[&<>"'/]/g, (character) => entities[character]!),
  escape_xml: (text) => text.replaceAll(/[&<>"']/g, (character) => entities[character]!.replace("#x27", "apos")),
  safe: (text) => text,
};

export const textFilters: Record<string, (value: Value, args: Arguments) => Value> = Object.fromEntries(
  Object.entries(onText).map(([name, filter]) => [name, (value: Value, args: Arguments) => {
    if (typeof value !== "string") throw new TemplateError(`${args.owner} was used on a value that isn't a string`);
    return filter(value, args);
  }]),
);

function nonEmpty(args: Arguments, name: string): string {
  const text = args.text(name);
  if (text === "") throw new TemplateError(`${args.owner} needs a \`${name}\` that is not empty`);
  return text;
}

/** Letters and digits without accents, everything else as single dashes. */
function slug(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
}

function percentEncode(text: string): string {
  const isSafe = /[A-Za-z0-9_.~-]/;
  return [...new TextEncoder().encode(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    return isSafe.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

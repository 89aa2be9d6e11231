/** The text of a configuration file as a value, by the file's extension. Each parser is loaded when it is needed. */
import { isObject, type RawObject } from "./canonical.ts";
import { ConfigError } from "./problem.ts";

export interface Parsed {
  value: RawObject;
  /** Line of a key by its path, where the format tells. */
  lines: ReadonlyMap<string, number>;
}

const noLines: ReadonlyMap<string, number> = new Map();

/**
 * @param file the path, whose extension decides; without one (or `-`) it is JSON
 * @throws {ConfigError} naming line and column, or that the format is not supported
 */
export async function parseConfig(text: string, file: string): Promise<Parsed> {
  const parsed = await parserFor(file)(text, file);
  if (parsed.value === null || parsed.value === undefined) return { value: {}, lines: noLines };
  if (!isObject(parsed.value)) throw new ConfigError([{ path: "", message: "the file must hold an object" }], file);
  return { value: parsed.value, lines: parsed.lines };
}

type Parser = (text: string, file: string) => Promise<{ value: unknown; lines: ReadonlyMap<string, number> }>;

function parserFor(file: string): Parser {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const extension = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "json";
  const parsers: Record<string, Parser> = { json: fromJson, yaml: fromYaml, yml: fromYaml, toml: fromToml };
  if (Object.hasOwn(parsers, extension)) return parsers[extension]!;
  const message = `a file of type \`.${extension}\` cannot be read; use .json, .yaml, .yml or .toml`;
  throw new ConfigError([{ path: "", message }], file);
}

async function fromJson(text: string, file: string) {
  const { JsonSyntaxError, parseJson } = await import("./parse_json.ts");
  if (text.trim() === "") return { value: {}, lines: noLines };
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw syntaxError(file, "JSON", error.message, error.line, error.column);
  }
}

async function fromYaml(text: string, file: string) {
  const { LineCounter, parseDocument } = await import("yaml");
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, merge: true, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = counter.linePos(error.pos[0]);
    throw syntaxError(file, "YAML", error.message, line, col);
  }
  try {
    return { value: document.toJS({ maxAliasCount: aliasesMax }), lines: noLines };
  } catch (error) {
    // An alias without its anchor, or too many of them.
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError([{ path: "", message: `no valid YAML: ${error.message}` }], file);
  }
}

/** A small file could name itself into gigabytes. */
const aliasesMax = 1000;

async function fromToml(text: string, file: string) {
  const { parse, TomlError } = await import("smol-toml");
  try {
    return { value: parse(text), lines: noLines };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
    throw syntaxError(file, "TOML", message, error.line, error.column);
  }
}

function syntaxError(file: string, format: string, message: string, line: number, column: number): ConfigError {
  return new ConfigError([{ path: "", message: `no valid ${format} (column ${column}): ${message}`, line }], file);
}

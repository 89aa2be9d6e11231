/** The patterns of a session, parsed. */
import { defaultLocal, defaultNotFound, defaultReadOnly, type Surroundings } from "./defaults.ts";
import { PatternError } from "../../config/pattern/error.ts";
import { parsePattern } from "../../config/pattern/parser.ts";
import type { Pattern } from "../../config/pattern/syntax.ts";
import type { Rank } from "./tags.ts";

export type FilesMode = "local" | "localwithoverrides" | "read" | "write";

/** `feature.fs` of the configuration, and where the program runs. Patterns are searched anywhere, in any case. */
export interface PathRulesInput extends Surroundings {
  mode: FilesMode;
  notFound: readonly string[];
  readWrite: readonly string[];
  readOnly: readonly string[];
  local: readonly string[];
  /** Pattern → replacement of what it matches, with `$1` and `${name}`. The first that matches counts. */
  mapping: Readonly<Record<string, string>>;
}

export interface RuleSet {
  mode: FilesMode;
  mapping: { pattern: Pattern; replacement: string }[];
  patterns: Record<Exclude<Rank, "mapping">, Pattern[]>;
}

/** Patterns for paths disregard case, whatever the file system does. */
const parse = (pattern: string) => parsePattern(pattern, { caseless: true });

/** Parses all patterns. Throws `PatternError` with the configuration key. Mode `local` knows no lists at all. */
export function parseRules(input: PathRulesInput): RuleSet {
  const user = {
    notFound: parseAll("feature.fs.not_found", input.notFound),
    readWrite: parseAll("feature.fs.read_write", input.readWrite),
    readOnly: parseAll("feature.fs.read_only", input.readOnly),
    local: parseAll("feature.fs.local", input.local),
  };
  const mapped = parseAll("feature.fs.mapping", Object.keys(input.mapping));
  const mapping = mapped.map((pattern) => ({ pattern, replacement: input.mapping[pattern.text] }));
  return { mode: input.mode, mapping, patterns: input.mode === "local" ? noPatterns : { ...user, ...defaults(input) } };
}

const noPatterns: RuleSet["patterns"] = {
  notFound: [],
  readWrite: [],
  readOnly: [],
  local: [],
  defaultNotFound: [],
  defaultReadOnly: [],
  defaultLocal: [],
};

function defaults(surroundings: Surroundings) {
  return {
    defaultNotFound: defaultNotFound(surroundings).map(parse),
    defaultReadOnly: defaultReadOnly.map(parse),
    defaultLocal: defaultLocal(surroundings).map(parse),
  };
}

function parseAll(setting: string, patterns: readonly string[]): Pattern[] {
  return patterns.map((pattern) => {
    try {
      return parse(pattern);
    } catch (error) {
      throw error instanceof PatternError ? error.inSetting(setting) : error;
    }
  });
}

/** Where a path goes, decided by JavaScript's regular expressions: for what the table leaves open, and to test it. */
import type { DecisionReply } from "../../protocol/layer/messages.ts";
import type { Infer } from "../../protocol/schema.ts";
import { expandReplacement } from "../../config/pattern/compile.ts";
import { toExpression } from "../../config/pattern/javascript.ts";
import type { FilesMode, RuleSet } from "./rule_set.ts";

/** `DecisionReply.verdict`. */
export const Verdict = { local: 0, remote: 1, notFound: 2 } as const;

type Decision = Infer<typeof DecisionReply>;

/**
 * Decides about a path as the program gave it. `write`: the call could change the file. `own`: the process itself adds it to
 * the local defaults, as long as no mapping leads elsewhere.
 */
export type Decide = (path: Uint8Array, write: boolean, own?: boolean) => Decision;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const slash = "/".charCodeAt(0);

export function makeDecide(rules: RuleSet): Decide {
  const matchers = lazyMatchers(rules.patterns);
  const map = makeMapping(rules);
  return (path, write, own = false) => {
    const clean = withoutEmptySteps(path);
    if (clean[0] !== slash) {
      const hidden = matchers("notFound")(decoder.decode(clean));
      return { verdict: hidden ? Verdict.notFound : Verdict.local, mapped: null };
    }
    const mapped = map(clean);
    const text = mapped ?? decoder.decode(clean);
    return {
      verdict: verdictOf(rules.mode, (list) => matchers(list)(text), { write, own: own && mapped === null }),
      mapped: mapped === null ? null : new TextEncoder().encode(mapped),
    };
  };
}

type List = keyof RuleSet["patterns"];

function verdictOf(
  mode: FilesMode,
  isIn: (list: List) => boolean,
  { write, own }: { write: boolean; own: boolean },
): number {
  if (mode === "local") return Verdict.local;
  if (isIn("notFound")) return Verdict.notFound;
  if (isIn("readWrite")) return Verdict.remote;
  // Writing to what is only to be read happens locally instead of being refused.
  if (isIn("readOnly")) return write ? Verdict.local : Verdict.remote;
  if (isIn("local")) return Verdict.local;
  if (isIn("defaultNotFound")) return Verdict.notFound;
  if (!write && isIn("defaultReadOnly")) return Verdict.remote;
  if (own || isIn("defaultLocal") || mode === "localwithoverrides") return Verdict.local;
  return mode === "write" || !write ? Verdict.remote : Verdict.local;
}

/** For each list whether it has a pattern that matches; expressions are made when they are first needed. */
function lazyMatchers(patterns: RuleSet["patterns"]): (list: List) => (path: string) => boolean {
  const matchers = new Map<List, (path: string) => boolean>();
  return (list) => {
    let matcher = matchers.get(list);
    if (matcher === undefined) {
      const expressions = patterns[list].map((pattern) => toExpression(pattern).regExp);
      matcher = (path) => expressions.some((expression) => expression.test(path));
      matchers.set(list, matcher);
    }
    return matcher;
  };
}

/** What a path is mapped to, `null` if to nothing else. Paths that aren't UTF-8 are not mapped: they would be damaged. */
function makeMapping(rules: RuleSet): (path: Uint8Array) => string | null {
  const mappings = rules.mapping.map(({ pattern, replacement }) => ({
    expression: toExpression(pattern),
    replacement,
  }));
  return (path) => {
    if (mappings.length === 0) return null;
    const text = decodeStrictly(path);
    if (text === null) return null;
    for (const { expression, replacement } of mappings) {
      const match = expression.regExp.exec(text);
      if (match === null) continue;
      const end = match.index + match[0].length;
      return text.slice(0, match.index) + expandReplacement(replacement, match, expression) + text.slice(end);
    }
    return null;
  };
}

function decodeStrictly(path: Uint8Array): string | null {
  try {
    return strictDecoder.decode(path);
  } catch {
    return null;
  }
}

/** Takes runs of slashes as one and leaves out "." steps, as the layer does when it walks the table. */
function withoutEmptySteps(path: Uint8Array): Uint8Array {
  const dot = ".".charCodeAt(0);
  const isDotStep = (at: number) =>
    at > 0 && path[at] === dot && path[at - 1] === slash && (at + 1 === path.length || path[at + 1] === slash);
  return path.filter((byte, at) => {
    if (byte === slash && at > 0) return path[at - 1] !== slash && !isDotStep(at - 1);
    return !isDotStep(at);
  });
}

/** The path rules of a session: where each file of the program is looked for. */
import type { PathRules } from "../../protocol/layer/messages.ts";
import type { Infer } from "../../protocol/schema.ts";
import { type Decide, makeDecide } from "./decide.ts";
import { parseRules, type PathRulesInput } from "./rule_set.ts";
import { makeTable } from "./table.ts";

export { Verdict } from "./decide.ts";
export { type FilesMode, type PathRulesInput } from "./rule_set.ts";

export interface CompiledPathRules {
  /** For `LayerConfig.pathRules`. */
  table: Infer<typeof PathRules>;
  /** Answers `decidePath`, and everything the table answers. */
  decide: Decide;
}

/** Compiles the patterns of a configuration. Throws `PatternError`. */
export function compilePathRules(input: PathRulesInput): CompiledPathRules {
  const rules = parseRules(input);
  return { table: makeTable(rules), decide: makeDecide(rules) };
}

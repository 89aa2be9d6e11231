/** Evaluates expressions of a syntax tree by Tera's rules. Members are looked up in lists and maps only: nothing else has any. */
import { Arguments } from "./arguments.ts";
import { TemplateError, UnknownVariable } from "./error.ts";
import { filters } from "./filters.ts";
import { type FunctionContext, functions } from "./functions.ts";
import type { Node } from "./parser.ts";
import type { Macro, Scope } from "./scope.ts";
import { tests } from "./tests.ts";
import { areEqual, isTruthy, print, typeName, type Value } from "./value.ts";

export interface Evaluation {
  scope: Scope;
  functions: FunctionContext;
  macros: Map<string, Macro>;
  /** Prints nodes: bodies of macros and of `{% filter %}`. */
  render: (node: Node, evaluation: Evaluation) => string;
  /** Calls of macros around this place. */
  depth: number;
  /** How many turns all loops together may still take. */
  turnsLeft: { count: number };
}

const macroDepthMax = 50;
/** More text than a configuration can have. */
const textMax = 4 << 20;
const arithmetic: Record<string, (left: number, right: number) => number> = {
  Add: (left, right) => left + right,
  Sub: (left, right) => left - right,
  Mul: (left, right) => left * right,
  Div: (left, right) => left / right,
  Mod: (left, right) => left % right,
};

export function evaluate(node: Node, at: Evaluation): Value {
  switch (node.typename) {
    case "Literal":
      return literal(node);
    case "Symbol":
    case "LookupVal":
      return lookUp(node, at);
    case "Group":
      return evaluate(only(node), at);
    case "Array":
      return node.children.map((child) => evaluate(child, at));
    case "And":
      return isTrue(node.left, at) && isTrue(node.right, at);
    case "Or":
      return isTrue(node.left, at) || isTrue(node.right, at);
    case "Not":
      return !isTrue(node.target, at);
    case "Neg":
      return -numberOf(evaluate(node.target, at), "-");
    case "In":
      return isIn(evaluate(node.left, at), evaluate(node.right, at));
    case "Is":
      return test(node, at);
    case "Compare":
      return compare(node, at);
    case "Filter":
      return filter(node, at);
    case "FunCall":
      return call(node, at);
    case "Capture":
      return at.render(node.body, at);
    case "Concat":
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
    case "Mod":
      return operation(node, at);
    default:
      throw new TemplateError(`${node.typename} is not part of Tera's language`);
  }
}

/** Whether a condition holds. A variable that is not there does not. */
export function isTrue(node: Node, at: Evaluation): boolean {
  if (node.typename !== "Symbol" && node.typename !== "LookupVal") return isTruthy(evaluate(node, at));
  return isTruthy(ifKnown(node, at) ?? null);
}

function ifKnown(node: Node, at: Evaluation): Value | undefined {
  try {
    return evaluate(node, at);
  } catch (error) {
    if (error instanceof UnknownVariable) return undefined;
    throw error;
  }
}

function literal(node: Node): Value {
  const { value } = node;
  if (value instanceof RegExp || value === null) throw new TemplateError("unexpected token in an expression");
  return value as Value;
}

function only(group: Node): Node {
  if (group.children.length !== 1) throw new TemplateError("parentheses hold one expression");
  return group.children[0]!;
}

function lookUp(node: Node, at: Evaluation): Value {
  if (node.typename === "Symbol") {
    const value = at.scope.get(String(node.value));
    if (value === undefined) throw new UnknownVariable(String(node.value));
    return value;
  }
  const isPath = node.target.typename === "Symbol" || node.target.typename === "LookupVal";
  const owner = isPath ? ifKnown(node.target, at) : evaluate(node.target, at);
  const value = owner === undefined ? undefined : member(owner, evaluate(node.val, at));
  if (value === undefined) throw new UnknownVariable(pathOf(node));
  return value;
}

function member(owner: Value, name: Value): Value | undefined {
  if (Array.isArray(owner)) return typeof name === "number" ? owner[name] : undefined;
  return owner instanceof Map ? owner.get(print(name)) : undefined;
}

function pathOf(node: Node): string {
  if (node.typename === "Symbol" || node.typename === "Literal") return String(node.value);
  if (node.typename !== "LookupVal") return "…";
  return `${pathOf(node.target)}.${pathOf(node.val)}`;
}

/** `1 + 2 | f` filters the sum: a filter at the right end belongs to the whole operation, unless in parentheses. */
function operation(node: Node, at: Evaluation): Value {
  if (node.left.typename === "Filter") throw new TemplateError("a filter ends an expression; put it in parentheses");
  if (node.right.typename === "Filter") return filterOfOperation(node, node.right, at);
  const left = evaluate(node.left, at);
  const right = evaluate(node.right, at);
  if (node.typename === "Concat") return concatenate(left, right);
  return arithmetic[node.typename]!(numberOf(left, node.typename), numberOf(right, node.typename));
}

function filterOfOperation(node: Node, right: Node, at: Evaluation): Value {
  const [operand, ...args] = right.args.children;
  const inner = { ...node, typename: node.typename, left: node.left, right: operand! };
  const whole = { ...right, typename: "Filter", name: right.name, args: { ...right.args, children: [inner, ...args] } };
  return evaluate(whole as Node, at);
}

function concatenate(left: Value, right: Value): string {
  for (const part of [left, right]) {
    if (typeof part !== "string" && typeof part !== "number") {
      throw new TemplateError(`\`~\` joins strings and numbers, not ${typeName(part)}`);
    }
  }
  const joined = [print(left), print(right)];
  if (joined[0]!.length + joined[1]!.length > textMax) throw new TemplateError("a text is larger than 4 MiB");
  return joined.join("");
}

function numberOf(value: Value, operator: string): number {
  if (typeof value !== "number") throw new TemplateError(`${operator} needs numbers, got ${typeName(value)}`);
  return value;
}

function isIn(needle: Value, haystack: Value): boolean {
  if (Array.isArray(haystack)) return haystack.some((value) => areEqual(value, needle));
  if (haystack instanceof Map) return haystack.has(print(needle));
  if (typeof haystack === "string") return haystack.includes(print(needle));
  throw new TemplateError(`\`in\` looks into strings, lists and objects, not into ${typeName(haystack)}`);
}

function compare(node: Node, at: Evaluation): boolean {
  if (node.ops.length !== 1) throw new TemplateError("comparisons cannot be chained");
  const { type, expr } = node.ops[0]!;
  const left = evaluate(node.expr, at);
  const right = evaluate(expr, at);
  if (type === "==") return areEqual(left, right);
  if (type === "!=") return !areEqual(left, right);
  const [a, b] = [numberOf(left, type), numberOf(right, type)];
  return type === "<" ? a < b : type === ">" ? a > b : type === "<=" ? a <= b : a >= b;
}

function test(node: Node, at: Evaluation): boolean {
  const call = node.right;
  const name = String(call.typename === "FunCall" ? call.name.value : call.value);
  if (name === "defined") return ifKnown(node.left, at) !== undefined;
  if (name === "undefined") return ifKnown(node.left, at) === undefined;
  const tester = tests.get(name);
  if (tester === undefined) throw new TemplateError(`Test '${name}' not found`);
  const args = call.typename === "FunCall" ? argumentsOf(`Tester \`${name}\``, call.args.children, at) : undefined;
  if (args !== undefined && args.named.size > 0) throw new TemplateError("tests take arguments by position");
  return tester(evaluate(node.left, at), args?.positional ?? []);
}

function filter(node: Node, at: Evaluation): Value {
  const name = String(node.name.value);
  const apply = filters.get(name);
  if (apply === undefined) throw new TemplateError(`Filter '${name}' not found`);
  const [subject, ...rest] = node.args.children;
  const args = argumentsOf(`Filter \`${name}\``, rest, at);
  refusePositional(args);
  const value = name === "default" ? ifKnown(subject!, at) ?? args.value("value") : evaluate(subject!, at);
  return apply(value, args);
}

function call(node: Node, at: Evaluation): Value {
  const name = node.name.typename === "Symbol" ? String(node.name.value) : "…";
  const args = argumentsOf(`Function \`${name}\``, node.args.children, at);
  refusePositional(args);
  const macro = at.macros.get(name);
  if (macro !== undefined) return callMacro(name, macro, args, at);
  const found = functions.get(name);
  if (found === undefined) throw new TemplateError(`Function '${name}' not found`);
  return found(args, at.functions);
}

function callMacro(name: string, macro: Macro, args: Arguments, at: Evaluation): string {
  if (at.depth >= macroDepthMax) throw new TemplateError(`macro \`${name}\` calls itself too often`);
  const scope = at.scope.forMacro(macro.parameters.map((parameter) => {
    const given = args.named.get(parameter.name);
    if (given !== undefined) return [parameter.name, given];
    if (parameter.byDefault === null) throw new TemplateError(`macro \`${name}\` needs \`${parameter.name}\``);
    return [parameter.name, evaluate(parameter.byDefault, at)];
  }));
  return at.render(macro.body, { ...at, scope, depth: at.depth + 1 });
}

function argumentsOf(owner: string, nodes: Node[], at: Evaluation): Arguments {
  const named = new Map<string, Value>();
  const positional: Value[] = [];
  for (const node of nodes) {
    if (node.typename !== "KeywordArgs") positional.push(evaluate(node, at));
    else for (const pair of node.children) named.set(String(pair.key.value), evaluate(pair.value as Node, at));
  }
  return new Arguments(owner, named, positional);
}

function refusePositional(args: Arguments): void {
  if (args.positional.length > 0) throw new TemplateError(`${args.owner} takes its arguments by name`);
}

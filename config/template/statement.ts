/** Prints the statements of a syntax tree by Tera's rules. */
import { TemplateError } from "./error.ts";
import { evaluate, type Evaluation, isTrue } from "./expression.ts";
import type { Node } from "./parser.ts";
import { type Macro, Scope } from "./scope.ts";
import { fromPlain, print, typeName, type Value } from "./value.ts";

/** More text than a configuration can have. */
const outputMax = 4 << 20;

/** Leaves the innermost loop, or its current turn; `text` is what was printed before. */
class LoopJump extends Error {
  text = "";

  constructor(readonly kind: "break" | "continue") {
    super();
  }
}

export function render(node: Node, at: Evaluation): string {
  let text = "";
  for (const child of node.children) {
    try {
      text += statement(child, at);
    } catch (error) {
      if (error instanceof LoopJump) error.text = text + error.text;
      throw error;
    }
    if (text.length > outputMax) throw new TemplateError("the result is larger than 4 MiB");
  }
  return text;
}

/** @throws {TemplateError} when `break` or `continue` stands outside of a loop, too */
export function renderAll(root: Node, at: Evaluation): string {
  try {
    return render(root, at);
  } catch (error) {
    if (error instanceof LoopJump) throw new TemplateError(`\`${error.kind}\` outside of a loop`);
    throw error;
  }
}

function statement(node: Node, at: Evaluation): string {
  switch (node.typename) {
    case "Output":
      return node.children.map((child) => output(child, at)).join("");
    case "NodeList":
      return render(node, at);
    case "If":
      return conditional(node, at);
    case "For":
      return loop(node, at);
    case "Set":
      return set(node, at);
    case "Macro":
      return defineMacro(node, at);
    case "CallExtension":
      return teraTag(node, at);
    case "Include":
    case "Extends":
    case "Import":
    case "FromImport":
      throw new TemplateError(`there is only one template: ${node.typename.toLowerCase()} has nothing to take from`);
    default:
      throw new TemplateError(`${node.typename} is not part of Tera's language`);
  }
}

function output(node: Node, at: Evaluation): string {
  return node.typename === "TemplateData" ? String(node.value) : print(evaluate(node, at));
}

function conditional(node: Node, at: Evaluation): string {
  if (isTrue(node.cond, at)) return render(node.body, at);
  if (node.else_ === null) return "";
  return node.else_.typename === "If" ? conditional(node.else_, at) : render(node.else_, at);
}

function loop(node: Node, at: Evaluation): string {
  const turns = turnsOf(evaluate(node.arr, at));
  if (turns.length === 0) return node.else_ === null ? "" : render(node.else_, at);
  let text = "";
  for (const [index, turn] of turns.entries()) {
    if (at.turnsLeft.count-- <= 0) throw new TemplateError("too many turns of loops");
    const facts = { index: index + 1, index0: index, first: index === 0, last: index === turns.length - 1 };
    const scope = new Scope([...names(node.name, turn), ["loop", fromPlain(facts)]], at.scope);
    try {
      text += render(node.body, { ...at, scope });
    } catch (error) {
      if (!(error instanceof LoopJump)) throw error;
      text += error.text;
      if (error.kind === "break") break;
    }
  }
  return text;
}

type Turn = { key: Value; value: Value } | { value: Value };

function turnsOf(value: Value): Turn[] {
  if (Array.isArray(value)) return value.map((element) => ({ value: element }));
  if (value instanceof Map) return [...value].sort().map(([key, element]) => ({ key, value: element }));
  if (typeof value === "string") return [...value].map((character) => ({ value: character }));
  throw new TemplateError(`\`for\` goes through lists, objects and strings, not ${typeName(value)}`);
}

function names(node: Node, turn: Turn): [string, Value][] {
  if (node.typename === "Symbol") {
    if ("key" in turn) throw new TemplateError("`for` over an object needs two names: `for key, value in …`");
    return [[String(node.value), turn.value]];
  }
  if (!("key" in turn) || node.children.length !== 2) throw new TemplateError("`for` with two names needs an object");
  const [key, value] = node.children;
  return [[String(key!.value), turn.key], [String(value!.value), turn.value]];
}

function set(node: Node, at: Evaluation): string {
  if (node.value === undefined || node.value === null) throw new TemplateError("`set` needs a value: `set name = …`");
  const value = evaluate(node.value as Node, at);
  for (const target of node.targets) at.scope.set(String(target.value), value);
  return "";
}

function defineMacro(node: Node, at: Evaluation): string {
  const parameters: Macro["parameters"] = [];
  for (const argument of node.args.children) {
    if (argument.typename === "Symbol") parameters.push({ name: String(argument.value), byDefault: null });
    else for (const pair of argument.children) parameters.push(withDefault(pair));
  }
  at.macros.set(String((node.name as Node).value), { parameters, body: node.body });
  return "";
}

function withDefault(pair: Node): Macro["parameters"][number] {
  return { name: String(pair.key.value), byDefault: pair.value as Node };
}

function teraTag(node: Node, at: Evaluation): string {
  if (node.prop !== "set_global") throw new LoopJump(node.prop as "break" | "continue");
  const [name, value] = node.args.children;
  at.scope.setGlobal(String(name!.value), evaluate(value!, at));
  return "";
}

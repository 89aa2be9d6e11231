/** What can stand after `is`. `defined` and `undefined` are in `expression.ts`: they ask for a variable, not a value. */
import { TemplateError } from "./error.ts";
import { print, type Value } from "./value.ts";

type Test = (value: Value, args: Value[]) => boolean;

export const tests: ReadonlyMap<string, Test> = new Map(Object.entries(
  {
    string: (value) => typeof value === "string",
    number: (value) => typeof value === "number",
    odd: (value) => Math.abs(numberOf("odd", value) % 2) === 1,
    even: (value) => numberOf("even", value) % 2 === 0,
    divisibleby: (value, args) =>
      numberOf("divisibleby", value) % numberOf("divisibleby", argument("divisibleby", args)) === 0,
    iterable: (value) => Array.isArray(value) || value instanceof Map,
    object: (value) => value instanceof Map,
    starting_with: (value, args) => textOf("starting_with", value).startsWith(textArgument("starting_with", args)),
    ending_with: (value, args) => textOf("ending_with", value).endsWith(textArgument("ending_with", args)),
    matching: (value, args) => pattern(textArgument("matching", args)).test(textOf("matching", value)),
    containing(value, args) {
      const wanted = argument("containing", args);
      if (typeof value === "string") return value.includes(print(wanted));
      if (Array.isArray(value)) return value.includes(wanted);
      if (value instanceof Map) return value.has(print(wanted));
      throw new TemplateError("Tester `containing` can only be used on a string, a list or an object");
    },
  } satisfies Record<string, Test>,
));

function pattern(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (error) {
    throw new TemplateError(`Tester \`matching\`: ${(error as Error).message}`);
  }
}

function argument(test: string, args: Value[]): Value {
  if (args.length === 1) return args[0]!;
  throw new TemplateError(`Tester \`${test}\` expects one argument, got ${args.length}`);
}

function textArgument(test: string, args: Value[]): string {
  return textOf(test, argument(test, args));
}

function textOf(test: string, value: Value): string {
  if (typeof value !== "string") throw new TemplateError(`Tester \`${test}\` was called on a value that is no string`);
  return value;
}

function numberOf(test: string, value: Value): number {
  if (typeof value !== "number") throw new TemplateError(`Tester \`${test}\` was called on a value that is no number`);
  return value;
}

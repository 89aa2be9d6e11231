/** All filters of templates. */
import type { Arguments } from "./arguments.ts";
import { listFilters } from "./list_filters.ts";
import { textFilters } from "./text_filters.ts";
import { print, toPlain, type Value } from "./value.ts";
import { TemplateError } from "./error.ts";

export type Filter = (value: Value, args: Arguments) => Value;

const valueFilters: Record<string, Filter> = {
  /** Only reached by a value that is there: see `expression.ts`. */
  default: (value) => value,
  as_str: (value) => print(value),
  json_encode: (value, args) => JSON.stringify(toPlain(value), null, args.flag("pretty", false) ? 2 : 0),
  length(value) {
    if (typeof value === "string") return [...value].length;
    if (Array.isArray(value)) return value.length;
    if (value instanceof Map) return value.size;
    throw new TemplateError("Filter `length` was used on a value that isn't an array, an object, or a string");
  },
  reverse(value) {
    if (typeof value === "string") return [...value].reverse().join("");
    if (Array.isArray(value)) return value.toReversed();
    throw new TemplateError("Filter `reverse` was used on a value that isn't an array or a string");
  },
  get(value, args) {
    if (!(value instanceof Map)) throw new TemplateError("Filter `get` was used on a value that isn't an object");
    const found = value.get(args.text("key"));
    if (found !== undefined) return found;
    if (args.has("default")) return args.value("default");
    throw new TemplateError(`Filter \`get\` tried to get key \`${args.text("key")}\` but it wasn't found`);
  },
  abs: (value, args) => Math.abs(numberOf(value, args)),
  int(value, args) {
    const base = args.number("base", 10);
    const number = typeof value === "string" ? Number.parseInt(value, base) : Math.trunc(numberOf(value, args));
    return Number.isNaN(number) ? args.number("default", 0) : number;
  },
  float(value, args) {
    const number = typeof value === "string" ? Number.parseFloat(value) : numberOf(value, args);
    return Number.isNaN(number) ? args.number("default", 0) : number;
  },
  round(value, args) {
    const methods: Record<string, (number: number) => number> = {
      common: Math.round,
      ceil: Math.ceil,
      floor: Math.floor,
    };
    const method = methods[args.text("method", "common")];
    if (method === undefined) throw new TemplateError("Filter `round` knows the methods common, ceil and floor");
    const scale = 10 ** args.number("precision", 0);
    return method(numberOf(value, args) * scale) / scale;
  },
  pluralize(value, args) {
    return numberOf(value, args) === 1 ? args.text("singular", "") : args.text("plural", "s");
  },
};

function numberOf(value: Value, args: Arguments): number {
  if (typeof value !== "number") throw new TemplateError(`${args.owner} was used on a value that isn't a number`);
  return value;
}

export const filters: ReadonlyMap<string, Filter> = new Map([
  ...Object.entries(valueFilters),
  ...Object.entries(textFilters),
  ...Object.entries(listFilters),
]);

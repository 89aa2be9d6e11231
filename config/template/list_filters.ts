/** Filters on lists. */
import type { Arguments } from "./arguments.ts";
import { TemplateError } from "./error.ts";
import { areEqual, print, type Value } from "./value.ts";

type ListFilter = (list: Value[], args: Arguments) => Value;

const onList: Record<string, ListFilter> = {
  first: (list) => list[0] ?? "",
  last: (list) => list.at(-1) ?? "",
  nth: (list, args) => list[args.number("n")] ?? "",
  join: (list, args) => list.map(print).join(args.text("sep", "")),
  concat(list, args) {
    const more = args.value("with");
    return Array.isArray(more) ? [...list, ...more] : [...list, more];
  },
  slice(list, args) {
    return list.slice(args.number("start", 0), args.has("end") ? args.number("end") : list.length);
  },
  sort: (list, args) => list.toSorted((left, right) => compare(attribute(left, args), attribute(right, args))),
  unique(list, args) {
    const seen: Value[] = [];
    return list.filter((element) => {
      const value = attribute(element, args);
      const isNew = !seen.some((other) => areEqual(other, value));
      if (isNew) seen.push(value);
      return isNew;
    });
  },
  map: (list, args) => list.map((element) => member(element, args.text("attribute"))).filter((value) => value !== null),
  filter(list, args) {
    const name = args.text("attribute");
    const wanted = args.has("value") ? args.value("value") : undefined;
    return list.filter((element) => {
      const value = member(element, name);
      return wanted === undefined ? value !== null : value !== null && areEqual(value, wanted);
    });
  },
};

export const listFilters: Record<string, (value: Value, args: Arguments) => Value> = Object.fromEntries(
  Object.entries(onList).map(([name, filter]) => [name, (value: Value, args: Arguments) => {
    if (!Array.isArray(value)) throw new TemplateError(`${args.owner} was used on a value that isn't an array`);
    return filter(value, args);
  }]),
);

function attribute(element: Value, args: Arguments): Value {
  return args.has("attribute") ? member(element, args.text("attribute")) : element;
}

/** `a.b` of an element; null where there is none. */
function member(element: Value, path: string): Value {
  return path.split(".").reduce<Value>((value, name) => value instanceof Map ? value.get(name) ?? null : null, element);
}

function compare(left: Value, right: Value): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  throw new TemplateError("Filter `sort` can only compare numbers with numbers and strings with strings");
}

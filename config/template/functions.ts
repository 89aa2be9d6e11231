/** Functions a template can call. */
import type { Arguments } from "./arguments.ts";
import { TemplateError } from "./error.ts";
import { fromPlain, print, type Value } from "./value.ts";

export interface FunctionContext {
  /** Environment variables, for `get_env`. */
  variables: (name: string) => string | undefined;
  now: () => Date;
}

type TemplateFunction = (args: Arguments, context: FunctionContext) => Value;

/** A list of more elements than this is a mistake. */
const rangeMax = 100_000;

export const functions: ReadonlyMap<string, TemplateFunction> = new Map(Object.entries(
  {
    get_env(args, { variables }) {
      const name = args.text("name");
      const value = variables(name);
      if (value !== undefined) return value;
      if (!args.has("default")) throw new TemplateError(`Environment variable \`${name}\` not found`);
      return args.value("default");
    },
    now(args, context) {
      const now = context.now();
      if (args.flag("timestamp", false)) return Math.floor(now.getTime() / 1000);
      return now.toISOString().replace("Z", "+00:00");
    },
    get_random(args) {
      const start = args.number("start", 0);
      const end = args.number("end");
      if (end <= start) throw new TemplateError("Function `get_random` needs an `end` above `start`");
      return start + Math.floor(Math.random() * (end - start));
    },
    range(args) {
      const start = args.number("start", 0);
      const end = args.number("end");
      const step = args.number("step_by", 1);
      if (step < 1 || !Number.isInteger(step)) throw new TemplateError("Function `range` needs a `step_by` above zero");
      const count = Math.max(0, Math.ceil((end - start) / step));
      if (count > rangeMax) throw new TemplateError(`Function \`range\` makes at most ${rangeMax} numbers`);
      return fromPlain(Array.from({ length: count }, (_, index) => start + index * step));
    },
    throw(args) {
      throw new TemplateError(print(args.value("message")));
    },
  } satisfies Record<string, TemplateFunction>,
));

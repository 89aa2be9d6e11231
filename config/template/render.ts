/** Templates in configuration files: `{{ get_env(name="TARGET", default="pod/x") }}`, in Tera's language. */
import { TemplateError } from "./error.ts";
import { parseTemplate } from "./parser.ts";
import { Scope } from "./scope.ts";
import { render, renderAll } from "./statement.ts";
import { fromPlain } from "./value.ts";

export { TemplateError } from "./error.ts";

export interface RenderOptions {
  /** Environment variables, for `get_env`. */
  variables: (name: string) => string | undefined;
  /** Variables of the template. */
  context?: Record<string, unknown>;
  now?: () => Date;
}

/** Loops that take longer are a mistake, which would otherwise look like a hang. */
const turnsMax = 1_000_000;

/** @throws {TemplateError} */
export function renderTemplate(template: string, options: RenderOptions): string {
  const context = Object.entries(options.context ?? {});
  const root = parseTemplate(template);
  try {
    return renderAll(root, {
      scope: new Scope(context.map(([name, value]) => [name, fromPlain(value)])),
      functions: { variables: options.variables, now: options.now ?? (() => new Date()) },
      macros: new Map(),
      render,
      depth: 0,
      turnsLeft: { count: turnsMax },
    });
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError("nested too deeply");
    throw error;
  }
}

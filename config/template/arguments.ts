/** Arguments of functions, filters and tests. Tera's are named; only tests take them by position. */
import { TemplateError } from "./error.ts";
import { type Value } from "./value.ts";

export class Arguments {
  /** @param owner what is called, for messages: `` Filter `join` `` */
  constructor(readonly owner: string, readonly named: ReadonlyMap<string, Value>, readonly positional: Value[] = []) {}

  has(name: string): boolean {
    return this.named.has(name);
  }

  value(name: string): Value {
    const value = this.named.get(name);
    if (value === undefined) throw new TemplateError(`${this.owner} didn't receive a \`${name}\` argument`);
    return value;
  }

  text(name: string, byDefault?: string): string {
    if (byDefault !== undefined && !this.has(name)) return byDefault;
    const value = this.value(name);
    if (typeof value !== "string") throw this.#wrongType(name, "a string");
    return value;
  }

  number(name: string, byDefault?: number): number {
    if (byDefault !== undefined && !this.has(name)) return byDefault;
    const value = this.value(name);
    if (typeof value !== "number") throw this.#wrongType(name, "a number");
    return value;
  }

  flag(name: string, byDefault: boolean): boolean {
    if (!this.has(name)) return byDefault;
    const value = this.value(name);
    if (typeof value !== "boolean") throw this.#wrongType(name, "true or false");
    return value;
  }

  #wrongType(name: string, expected: string): TemplateError {
    return new TemplateError(`${this.owner} needs ${expected} as \`${name}\``);
  }
}

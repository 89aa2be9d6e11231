/** Variables of a template while it is rendered. */
import type { Value } from "./value.ts";
import type { Node } from "./parser.ts";

/** The body of a loop or macro sees the variables around it; what it sets is gone at its end. */
export class Scope {
  readonly #variables: Map<string, Value>;

  constructor(variables: Iterable<[string, Value]> = [], readonly parent: Scope | null = null) {
    this.#variables = new Map(variables);
  }

  get(name: string): Value | undefined {
    return this.#variables.get(name) ?? this.parent?.get(name);
  }

  set(name: string, value: Value): void {
    this.#variables.set(name, value);
  }

  /** The scope of a macro, which sees its parameters only. */
  forMacro(parameters: Iterable<[string, Value]>): Scope {
    return new Scope(parameters);
  }

  /** `set_global`: in the outermost scope, past all loops. */
  setGlobal(name: string, value: Value): void {
    if (this.parent === null) this.set(name, value);
    else this.parent.setGlobal(name, value);
  }
}

/** A macro of the template: parameters with their defaults (null: none), and what it prints. */
export interface Macro {
  parameters: { name: string; byDefault: Node | null }[];
  body: Node;
}

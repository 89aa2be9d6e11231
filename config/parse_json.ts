/**
 * JSON as people write it: comments (of a line or a block) and trailing commas are allowed, duplicate keys are not. Knows the line of
 * every key, which `JSON.parse` does not.
 */

/** Deeper nesting than any configuration has; keeps hostile input from exhausting the stack. */
const depthMax = 200;

export interface ParsedJson {
  value: unknown;
  /** Line (from 1) of each key and list element, by its path: `feature.fs`, `agent.tolerations.0`. */
  lines: Map<string, number>;
}

/** Text that is no JSON. */
export class JsonSyntaxError extends Error {
  override name = "JsonSyntaxError";

  constructor(message: string, readonly line: number, readonly column: number) {
    super(message);
  }
}

/** @throws {JsonSyntaxError} */
export function parseJson(text: string): ParsedJson {
  const parser = new Parser(text);
  const value = parser.document();
  return { value, lines: parser.lines };
}

class Parser {
  readonly lines = new Map<string, number>();
  #position = 0;

  constructor(readonly text: string) {}

  document(): unknown {
    this.#space();
    const value = this.#value([], 0);
    this.#space();
    if (this.#position < this.text.length) this.#fail("something follows the end of the document");
    return value;
  }

  #value(path: string[], depth: number): unknown {
    if (depth > depthMax) this.#fail(`nested deeper than ${depthMax} levels`);
    const next = this.text[this.#position];
    if (next === "{") return this.#object(path, depth);
    if (next === "[") return this.#array(path, depth);
    if (next === '"') return this.#string();
    return this.#literal();
  }

  #object(path: string[], depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const seen = new Set<string>();
    this.#members("}", () => {
      const line = this.#line();
      if (this.text[this.#position] !== '"') this.#fail("expected a key in double quotes");
      const name = this.#string();
      if (seen.has(name)) this.#fail(`the key \`${name}\` stands twice`);
      seen.add(name);
      this.lines.set([...path, name].join("."), line);
      this.#space();
      if (this.text[this.#position] !== ":") this.#fail(`expected a colon after the key \`${name}\``);
      this.#position++;
      this.#space();
      const value = this.#value([...path, name], depth + 1);
      // A plain assignment to `__proto__` would change the object's prototype instead.
      Object.defineProperty(result, name, { value, enumerable: true, writable: true, configurable: true });
    });
    return result;
  }

  #array(path: string[], depth: number): unknown[] {
    const result: unknown[] = [];
    this.#members("]", () => {
      const place = [...path, String(result.length)];
      this.lines.set(place.join("."), this.#line());
      result.push(this.#value(place, depth + 1));
    });
    return result;
  }

  /** Members separated by commas, the last of which may be missing, up to `close`. */
  #members(close: string, member: () => void): void {
    const open = this.#line();
    this.#position++;
    for (;;) {
      this.#space();
      if (this.text[this.#position] === close) break;
      if (this.#position >= this.text.length) this.#fail(`\`${close}\` is missing for what begins in line ${open}`);
      member();
      this.#space();
      const next = this.text[this.#position];
      if (next === ",") this.#position++;
      else if (next !== close) this.#fail(`expected \`,\` or \`${close}\``);
    }
    this.#position++;
  }

  #string(): string {
    const start = this.#position++;
    for (;;) {
      const character = this.text[this.#position];
      if (character === undefined || character === "\n") this.#fail("a string has no end", start);
      this.#position++;
      if (character === "\\") this.#position++;
      else if (character === '"') break;
    }
    try {
      return JSON.parse(this.text.slice(start, this.#position));
    } catch {
      return this.#fail("a string holds a wrong escape or a control character (a backslash is written `\\\\`)", start);
    }
  }

  #literal(): unknown {
    const word = /^[^\s,:{}\[\]"]+/.exec(this.text.slice(this.#position, this.#position + 64))?.[0] ?? "";
    if (word === "") {
      this.#fail(this.#position >= this.text.length ? "the document ends too early" : "expected a value");
    }
    try {
      const value = JSON.parse(word);
      this.#position += word.length;
      return value;
    } catch {
      return this.#fail(`\`${word}\` is no value (strings stand in double quotes)`);
    }
  }

  #space(): void {
    const pattern = /(?:[\s\uFEFF]+|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
    pattern.lastIndex = this.#position;
    pattern.exec(this.text);
    this.#position = pattern.lastIndex;
  }

  /** Line of the current position; counts on from where it was last asked. */
  #line(): number {
    while (this.#counted < this.#position) {
      if (this.text[this.#counted++] === "\n") this.#lineCount++;
    }
    return this.#lineCount;
  }
  #counted = 0;
  #lineCount = 1;

  #fail(message: string, at = this.#position): never {
    const before = this.text.slice(0, at);
    const line = before.split("\n").length;
    throw new JsonSyntaxError(message, line, at - before.lastIndexOf("\n"));
  }
}

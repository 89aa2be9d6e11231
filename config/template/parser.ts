/**
 * The syntax tree of a template, by the parser of nunjucks. Its compiler, which makes JavaScript of a template, is not used:
 * a configuration file must not be able to run code, and Tera's semantics differ (see `statement.ts`, `expression.ts`).
 */
import nunjucks from "nunjucks";
import { TemplateError } from "./error.ts";
import { fromTera } from "./syntax.ts";

/** A node of the tree; which fields it has depends on `typename`, as in the `nodes.js` of nunjucks. */
export interface Node {
  typename: string;
  children: Node[];
  value: unknown;
  name: Node;
  args: Node;
  target: Node;
  targets: Node[];
  val: Node;
  key: Node;
  cond: Node;
  body: Node;
  else_: Node | null;
  arr: Node;
  left: Node;
  right: Node;
  expr: Node;
  ops: { type: string; expr: Node }[];
  prop: string;
}

/** Tags of Tera that nunjucks does not know; each becomes a `CallExtension` with its name as `prop`. */
class TeraTags {
  tags = ["set_global", "break", "continue"];

  // deno-lint-ignore no-explicit-any -- nunjucks has no types
  parse(parser: any, nodes: any): Node {
    const tag = parser.nextToken();
    const args = new nodes.NodeList(tag.lineno, tag.colno, []);
    if (tag.value === "set_global") {
      args.children.push(parser.parsePrimary(true));
      if (!parser.skipValue("operator", "=")) parser.fail("expected `=` in set_global", tag.lineno, tag.colno);
      args.children.push(parser.parseExpression());
    }
    parser.advanceAfterBlockEnd(tag.value);
    return new nodes.CallExtension(this, tag.value, args, []);
  }
}

/** @throws {TemplateError} */
export function parseTemplate(template: string): Node {
  const source = fromTera(template);
  try {
    return nunjucks.parser.parse(source, [new TeraTags()], {});
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError("nested too deeply");
    throw new TemplateError(readable(error as Error));
  }
}

/** nunjucks says `(unknown path) [Line 1, Column 3]\n  unexpected token: %}`, sometimes with its function's name in front. */
function readable(error: Error): string {
  const place = /\[Line (\d+), Column (\d+)\]/.exec(error.message);
  const reason = error.message.split("\n").at(-1)!.trim().replace(/^(Template render error: )?(parse\w+: )?/, "");
  return place === null ? reason : `${reason} (line ${place[1]}, column ${place[2]})`;
}

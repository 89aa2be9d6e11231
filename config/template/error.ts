/** A template that cannot be rendered; the message says why, in the words of Tera where it has some. */
export class TemplateError extends Error {
  override name = "TemplateError";
}

/** A variable that is not there. Kept apart, because `if`, `default` and `is defined` may ask for such a variable. */
export class UnknownVariable extends TemplateError {
  override name = "UnknownVariable";

  constructor(variable: string) {
    super(`Variable \`${variable}\` not found in context`);
  }
}

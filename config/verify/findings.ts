/** Collects what the rules find. */
import { compilePattern } from "../pattern/compile.ts";
import { PatternError } from "../pattern/error.ts";
import type { Problem } from "../problem.ts";

export class Findings {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];

  error(path: string, message: string): void {
    this.errors.push({ path, message });
  }

  warning(path: string, message: string): void {
    this.warnings.push({ path, message });
  }

  /** An error for a pattern that does not compile. */
  pattern(path: string, source: string | null): void {
    if (source === null) return;
    if (source === "") return this.error(path, "is empty, which would match everything");
    try {
      compilePattern(source, { caseless: true });
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      const { reason, position } = error;
      this.error(path, `\`${source}\` is no valid regular expression: ${reason}, at character ${position + 1}`);
    }
  }

  /** An error with the message of what `action` throws. */
  attempt(path: string, action: () => unknown, expected: new (message: string) => Error): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof expected)) throw error;
      this.error(path, error.message);
    }
  }
}

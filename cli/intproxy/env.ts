/** The target's variables as text. */
import { textFromBytes } from "../session/byte_text.ts";

/** `NAME=value` each; of a name that comes twice the first counts, as for getenv(). */
export function parseVariables(variables: Uint8Array[]): Record<string, string> {
  const environment: Record<string, string> = Object.create(null);
  for (const variable of variables) {
    const text = textFromBytes(variable);
    const equals = text.indexOf("=");
    if (equals > 0 && !(text.slice(0, equals) in environment)) {
      environment[text.slice(0, equals)] = text.slice(equals + 1);
    }
  }
  return environment;
}

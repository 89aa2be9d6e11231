/** The target's environment variables. */
import type { Target } from "./target/target.ts";

const equalsSign = 0x3d;

/** What the target was started with. Throws Deno's errors when it is gone or hidden. */
export async function variablesOf(target: Target): Promise<{ variables: Uint8Array[] }> {
  const variables = parseEnviron(await target.environ());
  return { variables: target.mode === "targetless" ? withoutOurs(variables) : variables };
}

/**
 * The `NAME=value` entries of an environ block, in order. A process may have written its title over the block, so entries
 * that are no variables are left out.
 */
export function parseEnviron(block: Uint8Array): Uint8Array[] {
  const variables: Uint8Array[] = [];
  for (let start = 0; start < block.length;) {
    const zero = block.indexOf(0, start);
    const end = zero < 0 ? block.length : zero;
    const entry = block.subarray(start, end);
    if (entry.indexOf(equalsSign) > 0) variables.push(entry);
    start = end + 1;
  }
  return variables;
}

/** Without a target the agent's own variables are served, except those that make it the agent. */
export function withoutOurs(variables: Uint8Array[]): Uint8Array[] {
  const decoder = new TextDecoder();
  return variables.filter((variable) => !/^(MIRRORD|DENO)_/.test(decoder.decode(variable.subarray(0, 16))));
}

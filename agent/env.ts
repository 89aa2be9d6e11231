/** The target's environment variables. */

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

const equalsSign = 0x3d;

/** The release that this agent belongs to; equal to the version in `deno.json`. */
export const version = "0.1.0";

/** The release that all parts of this tree belong to, `X.Y.Z`; equal to the version in `deno.json`. */
export const version = "0.1.0";

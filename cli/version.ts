/** The names this release goes by, for every part that has to agree on them: nothing else may spell them out. */

/** Printed as `mirrord X.Y.Z`; equal to the version in `deno.json`. */
export const version = "0.1.0";

/** The agent's image of this release, as a Kubernetes node or a container engine knows it after `mirrord image load`. */
export const defaultAgentImage = `mirrord-agent:${version}`;

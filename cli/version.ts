/** The names this release goes by: nothing else may spell them out. */
import { version } from "../protocol/version.ts";

/** Printed as `mirrord X.Y.Z`. */
export { version };

/** The agent's image of this release, as a Kubernetes node or a container engine knows it after `mirrord image load`. */
export const defaultAgentImage = `mirrord-agent:${version}`;

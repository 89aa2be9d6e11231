import { MirrordError } from "../error.ts";

/** What a read gives at the end of a port-forward: null, or an error in the kubelet's words. */
export function endOfForward(failure: string): null {
  if (failure !== "") throw new MirrordError("the port-forward ended", { cause: failure.trim() });
  return null;
}

/** What the requests of a session are answered from. Sessions of one target share them. */
import type { Resolver } from "./dns/resolver.ts";
import type { Incoming } from "./incoming/mod.ts";
import type { Metrics } from "./metrics.ts";
import type { Target } from "./target/target.ts";

export interface Services {
  readonly target: Target;
  readonly resolver: Resolver;
  readonly incoming: Incoming;
  readonly metrics: Metrics;
  /** Why this agent does not fetch incoming traffic though the target's could be had; null if it does. */
  readonly incomingElsewhere: string | null;
}

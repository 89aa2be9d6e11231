/** What `client` and `load` answer about times. */
export interface Latency extends Record<string, number> {
  p50Us: number;
  p99Us: number;
}

export interface LoadResult extends Latency {
  requests: number;
  /** Connections that ended early. */
  failed: number;
  perSecond: number;
}

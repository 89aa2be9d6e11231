/** What happened to incoming traffic since the agent started; for metrics and for the tests of its promises. */
export class IncomingCounters {
  /** Connections given to a client. */
  stolen = 0;
  /** Connections that arrived for a port nobody holds any more, and were carried to the target. */
  passedBy = 0;
  /** Mirrored connections. */
  flows = 0;
  /** Flows given up because a part of them was never captured. */
  flowsWithGaps = 0;
  /** Flows given up because the link was too slow for them. */
  flowsTooFast = 0;
  /** Packets that the kernel could not put into the capture ring. */
  packetsDropped = 0;
}

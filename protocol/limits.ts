/**
 * Every bound of the protocol by name. Sizes are bytes, times are milliseconds.
 *
 * A session keeps at most `sessionBytes` in one process:
 *
 *     initial receive windows of its streams                     5.5 MiB
 *     what receive windows have grown beyond them                8 MiB
 *     replay (data written and not yet read by the peer)        13.5 MiB  = the windows the peer grants
 *     lossy messages waiting to be sent                          1.5 MiB
 *     lossy messages waiting to be read                          1.5 MiB
 *     headers of its streams                                     2 MiB
 *
 * Beside it stand about 1 kB of state for each stream, and the read and write buffers of each tunnel (about 512 KiB).
 */
const KIB = 1024;
const MIB = 1024 * KIB;

export const sessionBytes = 32 * MIB;
export const initialWindowsBytes = 5.5 * MIB;
export const grownWindowsBytes = 8 * MIB;
/** Sum of the lossy messages queued in one direction of a session, and of one stream. */
export const lossySessionBytes = 1.5 * MIB;
export const lossyStreamBytes = 1 * MIB;

/**
 * A stream's window begins here and grows by the factor, while the sender is held up by it, up to the maximum. Each step is a
 * way there and back: a line of 20 ms and 200 Mbit/s is filled after two.
 */
export const initialWindowBytes = 64 * KIB;
export const windowGrowth = 4;
export const maximumWindowBytes = 8 * MIB;

/** With many streams open a new one begins smaller, so that their sum stays inside `initialWindowsBytes`. */
export const initialWindowTiers: readonly { streamsBelow: number; windowBytes: number }[] = [
  { streamsBelow: 32, windowBytes: initialWindowBytes }, //  2 MiB
  { streamsBelow: 128, windowBytes: 16 * KIB }, //           + 1.5 MiB
  { streamsBelow: 1024, windowBytes: 1 * KIB }, //           + 0.9 MiB
  { streamsBelow: Infinity, windowBytes: 64 }, //            + 0.9 MiB at the most streams
];

/** Streams open at once in one session, opened by both sides; and how many more there may be while some are refused. */
export const maximumStreams = 16_384;
export const maximumRefusedStreams = 1024;
/** Sessions one agent serves at once, and tunnels whose hello is still awaited. */
export const maximumSessions = 256;
export const maximumHandshakes = 256;
/** Tunnels of one session. */
export const maximumTunnels = 8;

/** Payload of one data frame, and how much of one stream goes out before the next stream's turn. */
export const chunkBytes = 64 * KIB;
export const quantumBytes = 16 * KIB;
/** Frames are gathered up to this size for one write to a tunnel. */
export const batchBytes = 256 * KIB;
/**
 * A write is a number of whole records of TLS, less what carriers and last frames put around it: a little more would cost
 * every relay of a port-forward a record, a read and a write of their own.
 */
export const recordBytes = 16 * KIB;
export const recordSpareBytes = 128;
/**
 * Bytes under way in one tunnel: where the window begins and its bounds, how much beyond it streams may go that only
 * begin to send, and how much later than on an empty line they may arrive.
 */
export const initialFlowBytes = 128 * KIB;
export const minimumFlowBytes = 64 * KIB;
export const maximumFlowBytes = 16 * MIB;
export const prioritySlackBytes = 64 * KIB;
export const flowTargetMs = 4;
/**
 * The receiver reports no less than the first, no more than the second, and no more often than this. Each report goes
 * through every relay of a port-forward: many small ones cost more than the data. The interval must be well below the
 * target, or the sender waits for reports.
 */
export const flowReportBytes = 16 * KIB;
export const flowReportLatestBytes = 512 * KIB;
export const flowReportMs = 2;
/** What a stream takes that can't be sent yet; beyond it writers wait, even if the window is larger. */
export const unsentBytes = 512 * KIB;
/** Blocks of the replay buffer, and how many free ones a process keeps. */
export const replayBlockBytes = 64 * KIB;
export const spareReplayBlocks = 64;
/** The consumed offset is told at the latest after this much, so that the peer's replay buffer stays small. */
export const acknowledgeBytes = 1 * MIB;
/** Pieces of one stream that wait for an earlier one; beyond it the tunnel is given up and the rest sent again. */
export const maximumPieces = 4096;

/** One stream's header, and all headers of a session. */
export const maximumHeaderBytes = 32 * KIB;
export const headersSessionBytes = 2 * MIB;
export const maximumMessageBytes = 128 * KIB;
export const maximumReasonBytes = 1 * KIB;
export const maximumHelloBytes = 2 * KIB;
export const maximumTokenBytes = 512;
export const maximumHolderBytes = 512;
/** Body of the largest frame: a message or a part of a synchronisation, and their fields. */
export const maximumFrameBytes = 128 * KIB + 64;
/** A tunnel's read buffer grows from the first to the second while reads fill it. */
export const idleReadBufferBytes = 16 * KIB;
export const fullReadBufferBytes = 256 * KIB;
/** One encoded reply on a stream (`readMessage`). */
export const maximumReplyBytes = 4 * MIB;

/** One frame between the layer and the internal proxy. */
export const maximumLayerFrameBytes = 4 * MIB;

/** A tunnel is pinged this often, and given up when nothing came for `silenceMs`. */
export const pingIntervalMs = 500;
export const silenceMs = 1500;
export const tickMs = 250;
/** How long a session without a tunnel is kept. */
export const leaseMs = 60_000;
export const maximumLeaseMs = 3_600_000;
/** Dialling again: at once, then after these delays, the last one for ever. */
export const redialDelaysMs: readonly number[] = [0, 50, 100, 200, 400, 800, 1000];
/** A dial or a hello without an answer is given up after this; while redialling dials get longer each time. */
export const dialTimeoutMs = 10_000;
export const redialTimeoutsMs: readonly number[] = [3000, 5000, 10_000];
/** A dial that takes longer gets company: what it waits for may have been lost on a road that is open again. */
export const redialBesideMs = 1500;
export const handshakeTimeoutMs = 5000;
/** How long `Session.end` waits for the peer's answer. */
export const endTimeoutMs = 2000;
/** A session ends when its peer broke the protocol this often. */
export const maximumViolations = 3;

import type { StreamError } from "./errors.ts";
import type { FrameWriter } from "./frame_writer.ts";

/** What a sending half tells its stream. */
export interface SenderOwner {
  readonly id: number;
  /** There is something to send. */
  sendable(): void;
  /** A writer waits for the window. */
  held(): void;
}

/** The sending half of a stream: of bytes (`ByteSender`) or of messages (`MessageSender`). */
export interface Sender {
  /** The end was sent since the tunnels were last synchronised, and the peer has consumed it. */
  readonly endConfirmed: boolean;
  /** Whether `emit` would write a frame. */
  readonly hasWork: boolean;
  /** No more will be written. */
  end(): void;
  /** Writes one frame of at most about `room` bytes of payload; returns how many it was. */
  emit(writer: FrameWriter, room: number): number;
  /** The peer's acknowledgement; `last`: it has consumed the end too. */
  acknowledge(consumed: number, limit: number, last: boolean): void;
  /** A tunnel was lost: goes on from what the peer has received. */
  rewind(received: number): void;
  /** Gives up: what waits is refused with `error`. */
  fail(error: StreamError): void;
}

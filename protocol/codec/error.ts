/**
 * What can be wrong with received bytes. The names are those of `DecodeError` in `layer/protocol.zig`, so that both sides
 * can be tested with the same malformed messages. `InvalidText` is known to TypeScript only.
 */
export type DecodeFault =
  | "Truncated"
  | "TrailingBytes"
  | "InvalidBool"
  | "InvalidOption"
  | "InvalidVariant"
  | "InvalidText"
  | "InvalidHeader";

/** Received bytes are not a message of the expected schema. `path` is the place inside it, as `connect.destination`. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  path = "";

  constructor(readonly fault: DecodeFault, readonly detail: string) {
    super(`${fault}: ${detail}`);
  }

  /** Adds the enclosing field, variant or item index, from the inside out, while the error travels up. */
  within(segment: string): this {
    this.path = joinPath(segment, this.path);
    this.message = `${this.fault} at ${this.path}: ${this.detail}`;
    return this;
  }
}

/** A value to be sent does not fit its schema: a bug of ours. `path` is the place inside the value. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
  path = "";

  constructor(readonly detail: string) {
    super(detail);
  }

  /** See `DecodeError.within`. */
  within(segment: string): this {
    this.path = joinPath(segment, this.path);
    this.message = `at ${this.path}: ${this.detail}`;
    return this;
  }
}

function joinPath(outer: string, inner: string): string {
  if (inner === "") return outer;
  return inner.startsWith("[") ? outer + inner : `${outer}.${inner}`;
}

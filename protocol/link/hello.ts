/**
 * The first bytes of a tunnel, in both directions: "MIRRORD", the version, the length of the rest, the rest.
 * Magic, version, length and the place of `status` in an answer stay the same in every version, so that two versions
 * can always tell each other that they don't match.
 *
 *     hello   kind u8, session 16 bytes, epoch u32, lease u32 (ms), token (u16 length + bytes), holder (u16 + UTF-8)
 *     answer  status u8, lease u32 (ms), reason (the rest, UTF-8)
 */
import { maximumHelloBytes, maximumHolderBytes, maximumTokenBytes } from "../limits.ts";
import { LinkError, type LinkErrorKind } from "./errors.ts";
import type { Tunnel } from "./tunnel.ts";

export const linkVersion = 1;
export const sessionIdBytes = 16;

const magic = new TextEncoder().encode("MIRRORD");
const headBytes = magic.length + 1 + 4;
const fixedBytes = 1 + sessionIdBytes + 4 + 4;

export const helloKinds = ["open", "resume", "end"] as const;
export type HelloKind = typeof helloKinds[number];

export interface Hello {
  kind: HelloKind;
  session: Uint8Array;
  /** Which tunnel of the session this is; counts up from 1. */
  epoch: number;
  leaseMs: number;
  token: Uint8Array;
  holder: string;
}

/** What an answer may say; the index is its byte. */
export const statuses = ["ok", "version", "token", "unknown-session", "stale", "busy", "malformed"] as const;
export type Status = typeof statuses[number];

export interface Answer {
  version: number;
  status: Status;
  leaseMs: number;
  reason: string;
}

function frameHead(version: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headBytes + body.length);
  bytes.set(magic);
  bytes[magic.length] = version;
  new DataView(bytes.buffer).setUint32(magic.length + 1, body.length, true);
  bytes.set(body, headBytes);
  return bytes;
}

export function encodeHello(hello: Hello, version = linkVersion): Uint8Array {
  const holder = new TextEncoder().encode(hello.holder).subarray(0, maximumHolderBytes);
  if (hello.token.length > maximumTokenBytes) throw new LinkError("limit", "The token is too long");
  const body = new Uint8Array(fixedBytes + 2 + hello.token.length + 2 + holder.length);
  const view = new DataView(body.buffer);
  body[0] = helloKinds.indexOf(hello.kind);
  body.set(hello.session, 1);
  view.setUint32(1 + sessionIdBytes, hello.epoch, true);
  view.setUint32(5 + sessionIdBytes, hello.leaseMs, true);
  view.setUint16(fixedBytes, hello.token.length, true);
  body.set(hello.token, fixedBytes + 2);
  const at = fixedBytes + 2 + hello.token.length;
  view.setUint16(at, holder.length, true);
  body.set(holder, at + 2);
  return frameHead(version, body);
}

/** @throws {LinkError} "malformed" */
export function decodeHello(body: Uint8Array): Hello {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const piece = (at: number, bound: number): Uint8Array => {
    if (at + 2 > body.length) throw new LinkError("malformed", "The hello is cut off");
    const length = view.getUint16(at, true);
    if (length > bound || at + 2 + length > body.length) throw new LinkError("malformed", "The hello is cut off");
    return body.slice(at + 2, at + 2 + length);
  };
  const kind = helloKinds[body[0]!];
  if (kind === undefined || body.length < fixedBytes) throw new LinkError("malformed", "The hello is of no known kind");
  const token = piece(fixedBytes, maximumTokenBytes);
  const holder = piece(fixedBytes + 2 + token.length, maximumHolderBytes);
  if (fixedBytes + 4 + token.length + holder.length !== body.length) {
    throw new LinkError("malformed", "The hello has bytes behind its end");
  }
  return {
    kind,
    session: body.slice(1, 1 + sessionIdBytes),
    epoch: view.getUint32(1 + sessionIdBytes, true),
    leaseMs: view.getUint32(5 + sessionIdBytes, true),
    token,
    holder: new TextDecoder().decode(holder),
  };
}

export function encodeAnswer(status: Status, leaseMs: number, reason: string, version = linkVersion): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, maximumHelloBytes - 5);
  const body = new Uint8Array(5 + text.length);
  body[0] = statuses.indexOf(status);
  new DataView(body.buffer).setUint32(1, leaseMs, true);
  body.set(text, 5);
  return frameHead(version, body);
}

/** @throws {LinkError} "malformed" */
export function decodeAnswer(version: number, body: Uint8Array): Answer {
  const status = statuses[body[0]!];
  if (body.length < 5 || status === undefined) throw new LinkError("malformed", "The answer to the hello is cut off");
  const leaseMs = new DataView(body.buffer, body.byteOffset).getUint32(1, true);
  return { version, status, leaseMs, reason: new TextDecoder().decode(body.subarray(5)) };
}

/** The error a refusal becomes on the asking side. */
export function refusal(answer: Answer): LinkError {
  const kinds: Record<Status, LinkErrorKind> = {
    ok: "malformed",
    version: "version",
    token: "token",
    "unknown-session": "unknown-session",
    stale: "stale",
    busy: "busy",
    malformed: "malformed",
  };
  return new LinkError(kinds[answer.status], answer.reason || `The agent refused the tunnel: ${answer.status}`);
}

export interface Head {
  version: number;
  body: Uint8Array;
  /** What was read behind it: the first frames. */
  rest: Uint8Array;
}

/**
 * Reads a hello or an answer.
 *
 * @throws {LinkError} "malformed" at the first byte that can't belong to one, "tunnel" when the tunnel ends before
 */
export async function readHead(tunnel: Tunnel): Promise<Head> {
  const buffer = new Uint8Array(headBytes + maximumHelloBytes);
  const view = new DataView(buffer.buffer);
  let filled = 0;
  for (;;) {
    for (let i = 0; i < Math.min(filled, magic.length); i++) {
      if (buffer[i] !== magic[i]) throw new LinkError("malformed", "The other end does not speak mirrord's protocol");
    }
    if (filled >= headBytes) {
      const length = view.getUint32(magic.length + 1, true);
      if (length > maximumHelloBytes) throw new LinkError("malformed", `A hello of ${length} bytes is too long`);
      const end = headBytes + length;
      if (filled >= end) {
        return {
          version: buffer[magic.length]!,
          body: buffer.slice(headBytes, end),
          rest: buffer.slice(end, filled),
        };
      }
    }
    const count = await tunnel.read(buffer.subarray(filled));
    if (count === null) throw new LinkError("tunnel", "The tunnel ended before it was accepted");
    filled += count;
  }
}

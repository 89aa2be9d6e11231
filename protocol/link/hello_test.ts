import assert from "node:assert/strict";
import fc from "fast-check";
import { maximumHelloBytes } from "../limits.ts";
import { LinkError } from "./errors.ts";
import {
  decodeAnswer,
  decodeHello,
  encodeAnswer,
  encodeHello,
  type Hello,
  helloKinds,
  linkVersion,
  readHead,
  statuses,
} from "./hello.ts";
import type { Tunnel } from "./tunnel.ts";

/** A tunnel that brings `bytes`, at most `step` of them at a time, and then ends. */
function bringing(bytes: Uint8Array, step: number): Tunnel {
  let at = 0;
  return {
    read(buffer) {
      const piece = bytes.subarray(at, at + Math.min(step, buffer.length));
      buffer.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
    write: () => Promise.resolve(),
    close() {},
  };
}

const malformed = (error: unknown) => error instanceof LinkError && error.kind === "malformed";
const helloOf = fc.record({
  kind: fc.constantFrom(...helloKinds),
  session: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  epoch: fc.nat(0xffff_ffff),
  leaseMs: fc.nat(0xffff_ffff),
  token: fc.uint8Array({ maxLength: 512 }),
  holder: fc.string({ maxLength: 100 }),
}, { noNullPrototype: true }) as fc.Arbitrary<Hello>;

Deno.test("a hello arrives as it was sent, however it is cut, and what follows it is kept", async () => {
  await fc.assert(
    fc.asyncProperty(helloOf, fc.integer({ min: 1, max: 50 }), async (hello, step) => {
      const frames = new Uint8Array([1, 2, 3]);
      const head = await readHead(bringing(new Uint8Array([...encodeHello(hello), ...frames]), step));
      assert.equal(head.version, linkVersion);
      assert.deepEqual(decodeHello(head.body), hello);
      assert.deepEqual(head.rest, frames.subarray(0, head.rest.length));
    }),
    { numRuns: 300 },
  );
});

Deno.test("an answer arrives as it was sent", async () => {
  for (const status of statuses) {
    const { version, body } = await readHead(bringing(encodeAnswer(status, 1234, "because"), 7));
    assert.deepEqual(decodeAnswer(version, body), { version: linkVersion, status, leaseMs: 1234, reason: "because" });
  }
});

Deno.test("the first bytes of a hello are these", () => {
  const hello = {
    kind: "resume",
    session: new Uint8Array(16),
    epoch: 1,
    leaseMs: 2,
    token: new Uint8Array(),
    holder: "",
  };
  const bytes = encodeHello(hello as Hello);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 7)), "MIRRORD");
  assert.deepEqual([...bytes.subarray(7, 13)], [linkVersion, 29, 0, 0, 0, 1]);
});

Deno.test("another protocol is refused at its first byte", async () => {
  let read = 0;
  const tunnel = bringing(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), 1);
  const counting: Tunnel = { ...tunnel, read: (buffer) => (read++, tunnel.read(buffer)) };
  await assert.rejects(readHead(counting), malformed);
  assert.equal(read, 1);
});

Deno.test("a hello that is too long, or that ends early, is refused", async () => {
  const bytes = encodeAnswer("ok", 0, "");
  new DataView(bytes.buffer).setUint32(8, maximumHelloBytes + 1, true);
  await assert.rejects(readHead(bringing(bytes, 100)), malformed);
  const ended = (error: unknown) => error instanceof LinkError && error.kind === "tunnel";
  await assert.rejects(readHead(bringing(encodeAnswer("ok", 0, "").subarray(0, 14), 100)), ended);
});

Deno.test("any body of a hello or an answer is decoded or refused by a named error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (body) => {
      for (const decode of [decodeHello, (bytes: Uint8Array) => decodeAnswer(1, bytes)]) {
        try {
          decode(body);
        } catch (error) {
          assert.ok(malformed(error));
        }
      }
    }),
    { numRuns: 5000 },
  );
});

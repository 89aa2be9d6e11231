import assert from "node:assert/strict";
import {
  bool,
  bytes,
  decode,
  DecodeError,
  encode,
  EncodeError,
  fixed,
  i32,
  i64,
  type Infer,
  list,
  option,
  type Schema,
  struct,
  text,
  u16,
  u32,
  u64,
  u8,
  union,
} from "./schema.ts";

const Person = struct({ name: text, age: option(u8), tags: list(bytes) });
const Reply = union({ failed: struct({ errno: i32 }), ok: Person });

Deno.test("a message is its fields in order, without padding", () => {
  const person: Infer<typeof Person> = { name: "Zoë", age: 7, tags: [Uint8Array.of(9)] };
  assert.equal(encode(Reply, { ok: person }).toHex(), "01" + "040000005a6fc3ab" + "0107" + "01000000" + "0100000009");
  assert.deepEqual(decode(Reply, encode(Reply, { ok: person })), { ok: person });
});

Deno.test("integers are little-endian and of fixed width", () => {
  const wanted: [Schema<unknown>, unknown, string][] = [
    [u8, 0xfe, "fe"],
    [u16, 0x0102, "0201"],
    [u32, 0x01020304, "04030201"],
    [i32, -2, "feffffff"],
    [u64, 0x0102030405060708n, "0807060504030201"],
    [i64, -2n, "feffffffffffffff"],
    [bool, true, "01"],
    [list(u16), Uint16Array.of(1, 2), "0200000001000200"],
  ];
  for (const [schema, value, hex] of wanted) {
    assert.equal(encode(schema, value).toHex(), hex);
    assert.deepEqual(decode(schema, Uint8Array.fromHex(hex)), value);
  }
});

Deno.test("a decoding error names the fault and the place", () => {
  const cut = encode(Reply, { ok: { name: "x", age: null, tags: [Uint8Array.of(1, 2), Uint8Array.of(3, 4)] } });
  assert.throws(
    () => decode(Reply, cut.subarray(0, -1)),
    (error: DecodeError) =>
      error.fault === "Truncated" && error.path === "ok.tags[1]" && /ok\.tags\[1\]/.test(error.message),
  );
  assert.throws(
    () => decode(Reply, new Uint8Array([...cut, 0])),
    (error: DecodeError) => error.name === "DecodeError" && error.fault === "TrailingBytes",
  );
  assert.throws(
    () => decode(text, Uint8Array.of(2, 0, 0, 0, 0xc3, 0x28)),
    (error: DecodeError) => error.fault === "InvalidText",
  );
});

Deno.test("a value that does not fit is refused with its place, and leaves nothing behind", () => {
  const unfit: [Schema<unknown>, unknown, RegExp][] = [
    [u8, 256, /256 is not a whole number from 0 to 255/],
    [u16, -1, /-1/],
    [u32, 1.5, /1\.5/],
    [i32, 0x8000_0000, /2147483648/],
    [u64, -1n, /does not fit 64 bits/],
    [i64, 2n ** 63n, /does not fit 64 bits/],
    [text, "\ud800", /lone surrogate/],
    [fixed(4), new Uint8Array(5), /5 bytes given, 4 wanted/],
    [Reply, { failed: { errno: 1 }, ok: null }, /exactly one key/],
    [Reply, { unknown: 1 }, /unknown variant "unknown"/],
    [Reply, { failed: { errno: "1" } }, /failed\.errno/],
    [Reply, { ok: { name: "x", age: null, tags: [undefined] } }, /ok\.tags\[0\]/],
    [struct({ size: u64 }), { size: 5 }, /at size: /],
  ];
  for (const [schema, value, message] of unfit) {
    assert.throws(
      () => encode(schema, value),
      (error: Error) => (error instanceof EncodeError || error instanceof TypeError) && message.test(error.message),
    );
    assert.equal(encode(u8, 5).toHex(), "05");
  }
});

Deno.test("decoded bytes are independent of the receive buffer", () => {
  const received = encode(struct({ data: bytes, id: fixed(2) }), { data: Uint8Array.of(1), id: Uint8Array.of(2, 3) });
  const value = decode(struct({ data: bytes, id: fixed(2) }), received);
  received.fill(0);
  assert.deepEqual(value, { data: Uint8Array.of(1), id: Uint8Array.of(2, 3) });
});

Deno.test("a message larger than the writer's buffer is whole", () => {
  const large = new Uint8Array(300_000).fill(7);
  const encoded = encode(list(bytes), [large, large]);
  assert.equal(encoded.length, 4 + 2 * (4 + large.length));
  assert.deepEqual(decode(list(bytes), encoded)[1], large);
});

Deno.test("text keeps a byte order mark and a NUL", () => {
  assert.equal(decode(text, encode(text, "\uFEFFa\0b")), "\uFEFFa\0b");
});

Deno.test("a schema that could not be decoded safely can't be made", () => {
  assert.throws(() => list(struct({})), TypeError);
  assert.throws(() => union({}), TypeError);
});

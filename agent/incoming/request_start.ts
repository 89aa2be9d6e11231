/** Where a flow that is joined midway may begin: at the start of an HTTP/1 request. */

/** `METHOD target HTTP/1.x`: the version may be beyond the segment when the target is long. */
const REQUEST_LINE = /^[A-Z][A-Z-]{1,30} (?:\/|\*|https?:\/\/|[\w.-]+:\d+)[\x21-\x7e]*(?: HTTP\/1\.[01]\r?\n|$)/;
const LOOKED_AT_BYTES = 2048;

/** Whether a segment's payload begins like a request. Another protocol's bytes do not, short of imitating one. */
export function startsRequest(payload: Uint8Array): boolean {
  const first = payload[0];
  // Nearly all that is asked about is the middle of something: spare it the decoding.
  if (first === undefined || first < 0x41 || first > 0x5a) return false;
  return REQUEST_LINE.test(String.fromCharCode(...payload.subarray(0, LOOKED_AT_BYTES)));
}

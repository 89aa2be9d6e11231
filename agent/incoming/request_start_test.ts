import assert from "node:assert/strict";
import { startsRequest } from "./request_start.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

for (
  const line of [
    "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    "POST /a/b?c=d%20e HTTP/1.0\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "CONNECT example:443 HTTP/1.1\r\n",
    "GET http://example/ HTTP/1.1\r\n",
    "M-SEARCH * HTTP/1.1\r\n",
    `GET /${"x".repeat(4000)} HTTP/1.1\r\n`,
  ]
) {
  Deno.test(`startsRequest() accepts ${line.slice(0, 30).trim()}`, () =>
    assert.equal(startsRequest(bytes(line)), true));
}

for (
  const text of [
    "",
    "GET",
    "hello world",
    "get / HTTP/1.1\r\n",
    "HTTP/1.1 200 OK\r\n",
    "GET / HTTP/2\r\n",
    "GET \0\0",
    "A B C\r\n",
  ]
) {
  Deno.test(`startsRequest() refuses ${JSON.stringify(text)}`, () => assert.equal(startsRequest(bytes(text)), false));
}

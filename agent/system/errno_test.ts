import assert from "node:assert/strict";
import { ECONNREFUSED, EIO, ENOENT, errnoOf } from "./errno.ts";
import { SystemError } from "./system_error.ts";

Deno.test("errnoOf tells the number behind errors of Deno and of system calls", async () => {
  const failure = (promise: Promise<unknown>) => promise.then(() => null, (error) => errnoOf(error));
  assert.equal(await failure(Deno.readFile("/nowhere/at/all")), ENOENT);
  assert.equal(await failure(Deno.connect({ transport: "unix", path: "\0nobody-has-this-name" })), ECONNREFUSED);
  assert.equal(errnoOf(new SystemError("connect", 113)), 113);
  assert.equal(errnoOf(new Error("Strange (os error 77)")), 77);
  assert.equal(errnoOf(new Error("no number at all")), EIO);
  assert.equal(errnoOf("not even an error"), EIO);
});

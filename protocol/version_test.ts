import assert from "node:assert/strict";
import deno from "../deno.json" with { type: "json" };
import { version } from "./version.ts";

Deno.test("all parts go by the version of the project", () => {
  assert.equal(version, deno.version);
});

import assert from "node:assert/strict";
import deno from "../deno.json" with { type: "json" };
import { version as cliVersion } from "../cli/version.ts";
import { version } from "./version.ts";

Deno.test("the agent has the version of the project and of the CLI", () => {
  assert.equal(version, deno.version);
  assert.equal(version, cliVersion);
});

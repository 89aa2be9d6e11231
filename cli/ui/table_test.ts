import assert from "node:assert/strict";
import { table } from "./table.ts";

Deno.test("table() aligns columns and leaves the last one alone", () => {
  assert.equal(table(["ID", "NAME"], [["a", "x"], ["abcd", "yyyy"]]), "ID    NAME\na     x\nabcd  yyyy\n");
});

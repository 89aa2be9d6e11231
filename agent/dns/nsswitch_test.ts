import assert from "node:assert/strict";
import { parseNsswitch } from "./nsswitch.ts";

Deno.test("parseNsswitch tells which of the sources we have come in which order", () => {
  const cases: [string, string[]][] = [
    ["", ["files", "dns"]],
    ["passwd: files\nhosts:   dns files # comment\n", ["dns", "files"]],
    ["hosts: files mdns4_minimal [NOTFOUND=return] dns", ["files", "dns"]],
    ["hosts: files [NOTFOUND=return] dns", ["files"]],
    ["hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns", ["dns", "files"]],
    ["hosts: nis", ["files", "dns"]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseNsswitch(text), expected, text);
});

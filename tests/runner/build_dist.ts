/** Builds dist/ and checks that its three files are there: one test of the suite. */
import { build } from "../../build.ts";

const sizes = await build();
for (const [name, bytes] of Object.entries(sizes)) console.log(`dist/${name}: ${(bytes / 1e6).toFixed(1)} MB`);
const complete = Object.values(sizes).length === 3 && Object.values(sizes).every((bytes) => bytes > 1e6);
console.log(complete ? "1 passed, 0 failed" : "0 passed, 1 failed");
Deno.exit(complete ? 0 : 1);

import { runZigTest } from "../golden/zig.ts";

Deno.test("no bytes confuse a decoder of the layer (decoder.zig)", async () => {
  Deno.env.set("MIRRORD_GOLDEN_VECTORS", new URL("../golden/layer.json", import.meta.url).pathname);
  await runZigTest(new URL("./decoder.zig", import.meta.url), ["protocol"]);
});

Deno.test("no input confuses a parser of the layer (parsers.zig)", async () => {
  await runZigTest(new URL("./parsers.zig", import.meta.url), ["protocol", "core", "launching"]);
});

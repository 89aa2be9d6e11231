import assert from "node:assert/strict";
import { findInstallation } from "./installation.ts";

const facts = (env: Record<string, string>) => ({
  env: (name: string) => env[name],
  mainModule: "file:///src/my%20checkout/cli/main.ts",
  execPath: "/opt/deno",
  isCompiled: false,
  unpack: () => "/cache/def",
});

Deno.test("from source the parts are in dist/home of the checkout", () => {
  assert.deepEqual(findInstallation(facts({})), {
    home: "/src/my checkout/dist/home",
    layer: "/src/my checkout/dist/home/libmirrord_layer.so",
    supervisor: "/src/my checkout/dist/home/mirrord-supervisor",
    launcher: "/src/my checkout/dist/home/mirrord-launcher",
    compiled: null,
    selfCommand: ["/opt/deno", "run", "-A", "/src/my checkout/cli/main.ts"],
  });
});

Deno.test("the packaged file says where its parts are", () => {
  const installation = findInstallation(facts({ MIRRORD_SELF: "/bin/mirrord", MIRRORD_HOME: "/cache/abc" }));
  assert.equal(installation.layer, "/cache/abc/libmirrord_layer.so");
  assert.deepEqual(installation.selfCommand, ["/bin/mirrord"]);
  assert.equal(installation.compiled, null);
});

Deno.test("a compiled file is its own runtime, and unpacks the native parts", () => {
  const installation = findInstallation({ ...facts({}), execPath: "/bin/mirrord", isCompiled: true });
  assert.equal(installation.launcher, "/cache/def/mirrord-launcher");
  assert.equal(installation.compiled, "/bin/mirrord");
  assert.deepEqual(installation.selfCommand, ["/bin/mirrord"]);
});

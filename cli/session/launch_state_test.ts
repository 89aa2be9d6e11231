import assert from "node:assert/strict";
import { parseEnvironment, userEnvironment } from "./launch_state.ts";

const map = (variables: Record<string, string>) => new Map(Object.entries(variables));

Deno.test("userEnvironment() undoes what the launcher did", () => {
  const environment = userEnvironment(map({
    A: "1",
    DENO_DIR: "/cache/ours",
    DENO_NO_UPDATE_CHECK: "1",
    MIRRORD_SELF: "/bin/mirrord",
    MIRRORD_HOME: "/cache/x",
    MIRRORD_RUNTIME: "1",
    MIRRORD_ORIGINAL_DENO_DIR: "/mine",
    MIRRORD_ORIGINAL_NODE_OPTIONS: "--inspect",
    MIRRORD_ORIGINAL_NOFILE: "1024",
    MIRRORD_AGENT_IMAGE: "mine",
  }));
  assert.deepEqual(Object.fromEntries(environment), {
    A: "1",
    MIRRORD_AGENT_IMAGE: "mine",
    DENO_DIR: "/mine",
    NODE_OPTIONS: "--inspect",
  });
});

Deno.test("userEnvironment() leaves the runtime's variables alone when no launcher was there", () => {
  const variables = { DENO_DIR: "/mine", NODE_OPTIONS: "x", COMPLETE: "bash" };
  assert.deepEqual(Object.fromEntries(userEnvironment(map(variables))), variables);
});

Deno.test("parseEnvironment() takes the first of a name, and values with equals signs", () => {
  const block = new TextEncoder().encode("A=1\0B=x=y\0A=2\0nonsense\0=C:=odd\0EMPTY=\0");
  assert.deepEqual([...parseEnvironment(block)], [["A", "1"], ["B", "x=y"], ["=C:", "odd"], ["EMPTY", ""]]);
});

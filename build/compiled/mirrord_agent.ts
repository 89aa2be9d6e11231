/**
 * The entry of a compiled `mirrord-agent`. What a user starts is only the front: the launcher opens the control socket and
 * enters the target's namespaces, which only a process without threads can, and executes this file again as the runtime.
 */
const [first, ...words] = Deno.args;
if (first === "agent") {
  const { runAgent } = await import("../../agent/run.ts");
  Deno.exit(await runAgent(words));
}

const { unpackParts } = await import("../../cli/session/compiled_parts.ts");
const { execute } = await import("../../cli/system/process.ts");
const launcher = `${unpackParts()}/mirrord-launcher`;
const environment = { ...Deno.env.toObject(), MIRRORD_COMPILED: Deno.execPath() };
const bytes = (text: string) => new TextEncoder().encode(text);
const errno = execute(
  bytes(launcher),
  ["mirrord-launcher", "agent", ...Deno.args].map(bytes),
  Object.entries(environment).map(([name, value]) => bytes(`${name}=${value}`)),
);
console.error(`mirrord-agent: ${launcher} cannot be executed: errno ${errno}`);
Deno.exit(1);

/** The entry of a compiled `mirrord`: the CLI, and the runtime of the agents that its launcher starts. */
const [first, ...words] = Deno.args;
if (first === "agent") {
  const { runAgent } = await import("../../agent/run.ts");
  Deno.exit(await runAgent(words));
}
await import("../../cli/main.ts");

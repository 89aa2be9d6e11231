/** The inside of a `ScriptedProcess`. */

/** Performs one command a line of standard input and prints what it answers, until the input ends. */
export async function commands(perform: (words: string[]) => unknown): Promise<void> {
  let text = "";
  for await (const part of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    text += part;
    const lines = text.split("\n");
    text = lines.pop()!;
    for (const line of lines) {
      const started = performance.now();
      const result = perform(line.split(" ")) ?? null;
      console.log(JSON.stringify({ result, ms: performance.now() - started }));
    }
  }
}

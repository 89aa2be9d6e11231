/** What a test's program tells: one line of JSON at a time. */
export async function* linesOf<T>(output: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

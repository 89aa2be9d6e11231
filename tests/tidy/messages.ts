/** Messages that docs/troubleshooting.md explains are messages that mirrord really says. */
import { sources } from "./sources.ts";

const document = "docs/troubleshooting.md";
const folders = ["agent", "cli", "config", "layer", "protocol"];
/** Shorter pieces (`ps`, a key's name) are no messages. */
const pieceLength = 8;

/** Returns a line for each message that stands nowhere in the code. */
export async function messageProblems(root: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const path of sources(root, /\.(ts|zig)$/)) {
    if (folders.includes(path.split("/")[0]!) && !path.endsWith("_test.ts")) {
      texts.push(withoutBreaks(await Deno.readTextFile(`${root}/${path}`)));
    }
  }
  const code = texts.join("\n");
  return messagesIn(await Deno.readTextFile(`${root}/${document}`))
    .filter((piece) => !code.includes(piece))
    .map((piece) => `${document}: nothing says "${piece}"`);
}

/** A long message is written as several strings put together. */
function withoutBreaks(text: string): string {
  return text.replace(/["`]\s*\+\s*["`]/g, "");
}

/** What stands between back-ticks in the symptom of a list's item, without the parts that vary. */
function messagesIn(text: string): string[] {
  const symptoms = [...text.replace(/\n +/g, " ").matchAll(/^- \*\*(.*?)\*\*/gm)].map((match) => match[1]!);
  const quoted = symptoms.flatMap((symptom) => [...symptom.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
  return quoted.flatMap((message) => message.split("…").map((piece) => piece.trim()))
    .filter((piece) => piece.length >= pieceLength && piece.includes(" "));
}

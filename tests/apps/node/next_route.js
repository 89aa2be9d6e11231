// A route of Next.js that answers every request with a word.
import { appendFileSync } from "node:fs";

export const dynamic = "force-dynamic";

const word = "local";

export function GET() {
  appendFileSync(process.env.SEEN, "a request\n");
  return new Response(word);
}

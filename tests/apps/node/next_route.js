// A route of Next.js that answers every request with a word.
import { createRequire } from "node:module";

// not to be bundled
const { answer } = createRequire("/")(`${process.env.APPS}/node/answering.js`);

export const dynamic = "force-dynamic";

const word = "local";

export async function GET() {
  return new Response(await answer(word));
}

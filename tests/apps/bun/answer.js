// An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen.
import { appendFileSync } from "node:fs";

const [port, word, seen] = Bun.argv.slice(2);

Bun.serve({
  port: Number(port),
  fetch() {
    appendFileSync(seen, "a request\n");
    return new Response(word);
  },
});

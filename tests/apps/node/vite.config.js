// A development server that answers every request with a word.
import { appendFileSync } from "node:fs";

const word = "local";

const answer = {
  name: "answer",
  configureServer(server) {
    server.middlewares.use((_, response) => {
      appendFileSync(process.env.SEEN, "a request\n");
      response.end(word);
    });
  },
};

export default { plugins: [answer], clearScreen: false };

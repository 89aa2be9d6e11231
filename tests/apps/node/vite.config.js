// A development server that answers every request with a word.
import { createRequire } from "node:module";

const { answer } = createRequire("/")(`${process.env.APPS}/node/answering.js`);

const word = "local";

const answering = {
  name: "answering",
  configureServer(server) {
    server.middlewares.use(async (_, response) => response.end(await answer(word)));
  },
};

export default { plugins: [answering], clearScreen: false };

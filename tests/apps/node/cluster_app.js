// Two workers that share a port, and answer every request with a word; a worker that ends is followed by another.
const cluster = require("node:cluster"), http = require("node:http");
const { answer } = require(`${process.env.APPS}/node/answering.js`);

const word = "local";

if (cluster.isPrimary) {
  for (let worker = 0; worker < 2; worker++) cluster.fork();
  cluster.on("exit", () => cluster.fork());
} else {
  http.createServer(async (_, response) => response.end(await answer(word))).listen(Number(process.env.PORT));
}

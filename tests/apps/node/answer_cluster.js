// Two workers that share a port, and answer every request with the second argument. Arguments: port, word, file for what was
// seen.
const cluster = require("node:cluster"), fs = require("node:fs"), http = require("node:http");
const [port, word, seen] = process.argv.slice(2);

if (cluster.isPrimary) {
  for (let worker = 0; worker < 2; worker++) cluster.fork();
} else {
  http.createServer((_, response) => {
    fs.appendFileSync(seen, "a request\n");
    response.end(word);
  }).listen(Number(port));
}

// An HTTP server that answers every request with its second argument. Arguments: port, word, [file for what was seen].
const [port, word, seen] = process.argv.slice(2);
const fs = require("node:fs"), http = require("node:http");

http.createServer((request, response) => {
  const { remoteAddress, remotePort } = request.socket;
  if (seen) fs.appendFileSync(seen, `${remoteAddress.replace("::ffff:", "")}:${remotePort} ${request.url}\n`);
  response.end(word);
}).listen(Number(port), () => console.log("listening"));

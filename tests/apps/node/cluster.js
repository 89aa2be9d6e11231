// "cluster.js PORT": two workers answer HTTP on the primary's listener, each with the client's address.
const cluster = require("node:cluster");
const http = require("node:http");

process.on("SIGTERM", () => process.exit(0));
if (cluster.isPrimary) {
  let listening = 0;
  cluster.on("listening", () => {
    if (++listening === 2) console.log(JSON.stringify("listening"));
  });
  for (let index = 0; index < 2; index++) cluster.fork();
} else {
  http.createServer((request, response) => response.end(`cluster ${request.socket.remoteAddress}`))
    .listen(Number(process.argv[2]), "0.0.0.0");
}

// An HTTP server in a worker thread, that answers every request with its second argument. Arguments: port, word, file for what
// was seen.
const { Worker, isMainThread } = require("node:worker_threads");

if (isMainThread) new Worker(__filename, { argv: process.argv.slice(2) });
else require("./answer.js");

// An Express program that answers every request with a word.
const express = require("express"), fs = require("node:fs");

const word = "local";

express()
  .use((_, response) => {
    fs.appendFileSync(process.env.SEEN, "a request\n");
    response.send(word);
  })
  .listen(Number(process.env.PORT));

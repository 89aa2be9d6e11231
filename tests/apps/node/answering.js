// What the programs of frameworks answer: a word, or what is seen by `visit` when VISIT has its arguments.
const { appendFileSync } = require("node:fs");
const { visit } = require("./visit.js");

async function answer(word) {
  appendFileSync(process.env.SEEN, "a request\n");
  const visitArguments = JSON.parse(process.env.VISIT);
  return visitArguments === null ? word : JSON.stringify(await visit(visitArguments));
}

module.exports = { answer };

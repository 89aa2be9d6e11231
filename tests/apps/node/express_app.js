// An Express program that answers every request with a word.
const express = require("express");
const { answer } = require(`${process.env.APPS}/node/answering.js`);

const word = "local";

express()
  .use(async (_, response) => response.send(await answer(word)))
  .listen(Number(process.env.PORT));

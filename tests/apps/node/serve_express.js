// An Express application: every method is answered with itself and the body, and printed. Argument: the port.
const express = require("express");

const app = express();
app.use(express.text({ type: () => true }));
app.all("/", (request, response) => {
  const body = typeof request.body === "string" ? request.body : "";
  console.log(request.method, body);
  response.send(`${request.method} ${body}`);
});
app.listen(Number(process.argv[2]));

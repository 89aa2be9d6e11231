// Prints the answer to a request. Argument: the URL.
require("node:http").get(process.argv[2], (response) => response.setEncoding("utf8").on("data", console.log))
  .on("error", (error) => console.log(error.code));

// Started without standard input: whoever opens a file first must not become it.
process.stdin.on("error", () => {});
console.log(typeof process.stdin.fd, require("node:fs").readFileSync(process.argv[2], "utf8").trim());
process.exit(0);

// Prints, as one JSON object, what a program sees of its surroundings. Arguments: variable, file, host name, URL.
const [variable, file, name, url] = process.argv.slice(2);
const fs = require("node:fs"), os = require("node:os"), dns = require("node:dns/promises");

async function main() {
  const status = fs.statSync(file);
  console.log(JSON.stringify({
    variable: process.env[variable],
    content: await fs.promises.readFile(file, "utf8"),
    size: status.size,
    modified: Math.floor(status.mtimeMs / 1000),
    mode: "0o" + (status.mode & 0o7777).toString(8),
    host: os.hostname(),
    address: (await dns.lookup(name, { family: 4 })).address,
    answer: await (await fetch(url)).text(),
  }));
}

main();

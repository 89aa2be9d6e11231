// Prints, as one JSON object, what a program sees of its surroundings, and writes a file, each in its own thread when
// VISIT_WITH is "threads". Arguments: variable, file, new file, directory, host name, port. VISIT_WITH chooses the means:
// "http" (callbacks and synchronous files), "fetch" (promises), "threads" (fetch in a worker thread), "cp" (fs.cp). As a module it
// offers the same as `visit`.
const fs = require("node:fs"), dns = require("node:dns"), http = require("node:http"), os = require("node:os");
const path = require("node:path");
const { Worker, isMainThread, parentPort } = require("node:worker_threads");

const text = "written by a program\n";
const way = process.env.VISIT_WITH ?? "fetch";

const byCallbacks = ({ file, newFile, folder, name, url }) => ({
  read: () => fs.readFileSync(file, "utf8"),
  write: () => (fs.writeFileSync(newFile, text), "ok"),
  list: () => fs.readdirSync(folder).sort(),
  resolve: () =>
    new Promise((resolve, reject) =>
      dns.lookup(name, { family: 4 }, (error, address) => error ? reject(error) : resolve(address))
    ),
  connect: () =>
    new Promise((resolve, reject) =>
      http.get(url, async (response) => resolve((await response.setEncoding("utf8").toArray()).join("")))
        .on("error", reject)
    ),
});

const byPromises = ({ file, newFile, folder, name, url }) => ({
  read: () => fs.promises.readFile(file, "utf8"),
  write: () => fs.promises.writeFile(newFile, text).then(() => "ok"),
  list: async () => (await fs.promises.readdir(folder)).sort(),
  resolve: async () => (await dns.promises.lookup(name, { family: 4 })).address,
  connect: async () => (await fetch(url)).text(),
});

// What fs.cp makes of the target's files here, and of a file here at the target.
const byCopies = ({ file, newFile, folder, name, url }) => ({
  ...byPromises({ file, newFile, folder, name, url }),
  read: async () => {
    const copy = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "visit-")), "copy");
    await fs.promises.cp(file, copy);
    return fs.readFileSync(copy, "utf8");
  },
  write: async () => {
    const original = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "visit-")), "original");
    fs.writeFileSync(original, text);
    await fs.promises.cp(original, newFile);
    return "ok";
  },
  list: async () => {
    const copy = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "visit-")), "copy");
    await fs.promises.cp(folder, copy, { recursive: true });
    return fs.readdirSync(copy).sort();
  },
});

const ways = { http: byCallbacks, fetch: byPromises, threads: byPromises, cp: byCopies };

// What is seen, by cell.
async function visit([variable, file, newFile, folder, name, port]) {
  const url = `http://${name}:${port}/`;
  const cells = { env: () => process.env[variable], ...ways[way]({ file, newFile, folder, name, url }) };
  const told = {};
  for (const [cell, see] of Object.entries(cells)) {
    told[cell] = await Promise.resolve().then(see).catch((error) => String(error.cause ?? error));
  }
  return told;
}

async function main() {
  const visitArguments = process.argv.slice(2);
  if (!isMainThread) return parentPort.postMessage(await visit(visitArguments));
  if (way !== "threads") return console.log(JSON.stringify(await visit(visitArguments)));
  new Worker(__filename, { argv: visitArguments }).on("message", (told) => console.log(JSON.stringify(told)));
}

module.exports = { visit };
if (require.main === module || !isMainThread) main();

// Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
// directory, host name, port.
import { lookup } from "node:dns/promises";
import { readdir } from "node:fs/promises";

const [variable, file, newFile, folder, name, port] = Bun.argv.slice(2);

const cells = {
  env: () => Bun.env[variable],
  read: () => Bun.file(file).text(),
  write: () => Bun.write(newFile, "written by a program\n").then(() => "ok"),
  list: async () => (await readdir(folder)).sort(),
  resolve: async () => (await lookup(name, { family: 4 })).address,
  connect: async () => (await fetch(`http://${name}:${port}/`)).text(),
};

const told = {};
for (const [cell, see] of Object.entries(cells)) told[cell] = await Promise.resolve().then(see).catch(String);
console.log(JSON.stringify(told));

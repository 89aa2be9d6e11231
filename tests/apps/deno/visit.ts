// Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
// directory, host name, port.
const [variable, file, newFile, folder, name, port] = Deno.args as [string, string, string, string, string, string];

const cells: Record<string, () => unknown> = {
  env: () => Deno.env.get(variable),
  read: () => Deno.readTextFile(file),
  write: () => Deno.writeTextFile(newFile, "written by a program\n").then(() => "ok"),
  list: async () => (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort(),
  resolve: async () => (await import("node:dns/promises")).lookup(name, { family: 4 }).then(({ address }) => address),
  connect: async () => (await fetch(`http://${name}:${port}/`)).text(),
};

const told: Record<string, unknown> = {};
for (const [cell, see] of Object.entries(cells)) told[cell] = await Promise.resolve().then(see).catch(String);
console.log(JSON.stringify(told));

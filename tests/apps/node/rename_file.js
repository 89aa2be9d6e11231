// fs.rename. Arguments: pairs of names; the first of each is made before.
const fs = require("node:fs");

for (let i = 2; i < process.argv.length; i += 2) {
  const [from, to] = process.argv.slice(i);
  fs.writeFileSync(from, "moved");
  fs.renameSync(from, to);
  console.log(fs.existsSync(from), fs.readFileSync(to, "utf8"));
  fs.unlinkSync(to);
}

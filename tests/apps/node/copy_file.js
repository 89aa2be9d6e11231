// fs.copyFile, and fs.promises.copyFile. Arguments: from, to.
const fs = require("node:fs");

const [from, to] = process.argv.slice(2);
fs.copyFile(from, to, async (error) => {
  if (error) throw error;
  console.log(fs.readFileSync(to, "utf8").trim(), (fs.statSync(to).mode & 0o777).toString(8));
  await fs.promises.copyFile(from, to);
  await fs.promises.copyFile(from, to, fs.constants.COPYFILE_EXCL).catch(({ code }) => console.log(code));
  fs.unlinkSync(to);
});

// A file is read and closed again and again: libuv closes by a raw system call. Argument: the file.
const fs = require("node:fs");

const path = process.argv[2];
let content = fs.readFileSync(path, "utf8");
const before = fs.readdirSync("/proc/self/fd").length;
for (let i = 0; i < 50; i++) content = fs.readFileSync(path, "utf8");
console.log(content.trim(), fs.readdirSync("/proc/self/fd").length - before);
const { size, mode, mtimeMs, ino } = fs.statSync(path);
const fd = fs.openSync(path);
console.log(size, mode.toString(8), mtimeMs, ino === fs.fstatSync(fd).ino, fs.lstatSync(path).isSymbolicLink());

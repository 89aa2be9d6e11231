/** Tools that work on files. */
import { type Program, written } from "../program.ts";
import { shell, tool } from "./tool.ts";

/** A build in a folder of its own, of one rule `c`. */
const inNinja = (rule: string, build: string) =>
  shell(`folder=$(mktemp -d) && cd $folder && cat > build.ninja <<'END' && ninja --quiet && rm -r $folder
rule c
  ${rule}
${build}
END`);

const rclone = (...words: string[]) => ["rclone", "--config", "/dev/null", ...words];

export const toolPrograms: Program[] = [
  tool({
    name: "tar",
    debian: { tar: "/bin/tar" },
    lacks: "it works on files only",
    each: {
      read: { command: ({ file }) => shell(`tar -cPf - ${file} | tar -xPOf -`) },
      list: { command: ({ folder }) => shell(`tar -cPf - --sort=name ${folder} | tar -tvPf -`) },
      write: {
        command: (_, newFile) =>
          shell(
            `from=$(mktemp -d) && printf '${written}' > $from/file && mkdir ${newFile} && ` +
              `tar -cf - -C $from file | tar -xf - -C ${newFile} && rm -r $from`,
          ),
        wrote: (newFile) => `${newFile}/file`,
      },
    },
  }),
  tool({
    name: "grep",
    debian: { grep: "/bin/grep" },
    lacks: "it reads files only",
    each: {
      read: { command: ({ file }) => ["grep", "-n", "hello", file] },
      list: { command: ({ folder }) => shell(`grep -r a ${folder} | sort`) },
    },
  }),
  tool({
    name: "find",
    debian: { findutils: "/usr/bin/find" },
    lacks: "it works on files only",
    each: {
      read: { command: ({ file }) => ["find", file, "-printf", "%s %m %T@ %U", "-exec", "cat", "{}", ";"] },
      list: { command: ({ folder }) => shell(`find ${folder} -printf '%p %y %m %s\\n' | sort`) },
      write: { command: ({ file }, newFile) => shell(`find ${file} -fprintf ${newFile} '${written}'`) },
    },
  }),
  tool({
    name: "sqlite3",
    debian: { sqlite3: "/usr/bin/sqlite3" },
    lacks: "it works on files only",
    each: {
      read: { command: ({ file }) => ["sqlite3", ":memory:", `select readfile('${file}')`] },
      list: {
        command: ({ folder }) => ["sqlite3", ":memory:", `select name, mode from fsdir('${folder}') order by name`],
      },
      write: {
        command: (_, newFile) => ["sqlite3", newFile, `create table t (x); insert into t values ('${written.trim()}')`],
      },
    },
  }),
  tool({
    name: "jq",
    debian: { jq: "/usr/bin/jq" },
    lacks: "it reads files and variables only",
    each: {
      env: { command: ({ variable }) => ["jq", "-n", `env.${variable}`] },
      read: { command: ({ file }) => ["jq", "-R", ".", file] },
    },
  }),
  tool({
    name: "make",
    debian: { make: "/usr/bin/make" },
    lacks: "what it runs has the network",
    each: {
      env: { command: ({ variable }) => shell(`printf 'all:\\n\\t@echo $(${variable})\\n' | make -f -`) },
      read: { command: ({ file }) => shell(`printf 'all: ${file}\\n\\t@cat $<\\n' | make -f -`) },
      list: {
        command: ({ folder }) => shell(`printf 'all:\\n\\t@echo $(sort $(wildcard ${folder}/*))\\n' | make -f -`),
      },
      write: {
        command: (_, newFile) => shell(`printf '${newFile}:\\n\\t@echo ${written.trim()} > $@\\n' | make -f -`),
      },
    },
  }),
  tool({
    name: "ninja",
    debian: { "ninja-build": "/usr/bin/ninja" },
    lacks: "what it runs has variables, directories and the network",
    each: {
      read: { command: ({ file }) => inNinja(`command = cat $in`, `build out: c ${file}`) },
      write: { command: (_, newFile) => inNinja(`command = printf '${written.trim()}' > $out`, `build ${newFile}: c`) },
    },
  }),
  tool({
    name: "rclone",
    debian: { rclone: "/usr/bin/rclone" },
    version: ["rclone", "version"],
    lacks: "it reads no other variables than those that set it up, and asks for addresses only to connect",
    each: {
      read: { command: ({ file }) => rclone("cat", file) },
      list: { command: ({ folder }) => rclone("lsl", folder) },
      write: {
        command: ({ file }, newFile) => rclone("copyto", file, newFile),
        holds: ({ content }) => content.trim(),
      },
      connect: {
        command: ({ name, port }) => rclone("copyurl", "--stdout", `http://${name}:${port}/`),
      },
    },
  }),
];

/** Tools that work on files. */
import { type Program, type Question, type ViewCell, written } from "../program.ts";

const tool = (
  name: string,
  debian: Record<string, string>,
  each: Partial<Record<ViewCell, Question>>,
): Program => ({
  name,
  debian,
  prepare: () => {
    const [executable] = Object.values(debian);
    return Promise.resolve({ version: [executable!, "--version"], executable, view: { each } });
  },
});

const shell = (script: string) => ["sh", "-c", script];

export const toolPrograms: Program[] = [
  tool("tar", { tar: "/bin/tar" }, {
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
  }),
  tool("grep", { grep: "/bin/grep" }, {
    read: { command: ({ file }) => ["grep", "-n", "hello", file] },
    list: { command: ({ folder }) => shell(`grep -r a ${folder} | sort`) },
  }),
  tool("find", { findutils: "/usr/bin/find" }, {
    read: { command: ({ file }) => ["find", file, "-printf", "%s %m %T@ %U", "-exec", "cat", "{}", ";"] },
    list: { command: ({ folder }) => shell(`find ${folder} -printf '%p %y %m %s\\n' | sort`) },
    write: { command: ({ file }, newFile) => shell(`find ${file} -fprintf ${newFile} '${written}'`) },
  }),
  tool("sqlite3", { sqlite3: "/usr/bin/sqlite3" }, {
    read: { command: ({ file }) => ["sqlite3", ":memory:", `select readfile('${file}')`] },
    write: {
      command: (_, newFile) => ["sqlite3", newFile, `create table t (x); insert into t values ('${written.trim()}')`],
    },
  }),
  tool("jq", { jq: "/usr/bin/jq" }, {
    env: { command: ({ variable }) => ["jq", "-n", `env.${variable}`] },
    read: { command: ({ file }) => ["jq", "-R", ".", file] },
  }),
  tool("make", { make: "/usr/bin/make" }, {
    env: { command: ({ variable }) => shell(`printf 'all:\\n\\t@echo $(${variable})\\n' | make -f -`) },
    read: { command: ({ file }) => shell(`printf 'all: ${file}\\n\\t@cat $<\\n' | make -f -`) },
    list: { command: ({ folder }) => shell(`printf 'all:\\n\\t@echo $(sort $(wildcard ${folder}/*))\\n' | make -f -`) },
    write: { command: (_, newFile) => shell(`printf '${newFile}:\\n\\t@echo ${written.trim()} > $@\\n' | make -f -`) },
  }),
];

/** Small interpreters and an editor. */
import { answering, type Program, written } from "../program.ts";
import { apps } from "../provision/cache.ts";
import { tool } from "./tool.ts";

const text = JSON.stringify(written);

const inLua = (script: string) => ["lua5.4", "-e", script];

const lua = tool({
  name: "Lua with LuaSocket",
  debian: { "lua5.4": "/usr/bin/lua5.4", "lua-socket": "/usr/share/lua/5.4/socket.lua" },
  version: ["lua5.4", "-v"],
  lacks: "it lists no directories",
  each: {
    env: { command: ({ variable }) => inLua(`print(os.getenv("${variable}"))`) },
    read: { command: ({ file }) => inLua(`for line in io.lines("${file}") do print(line) end`) },
    write: { command: (_, newFile) => inLua(`io.open("${newFile}", "w"):write(${text})`) },
    resolve: { command: ({ name }) => inLua(`print((require("socket").dns.toip("${name}")))`) },
    connect: {
      command: ({ name, port }) => inLua(`print((require("socket.http").request("http://${name}:${port}/")))`),
    },
  },
});

const inAwk = (script: string) => ["gawk", `BEGIN { ${script} }`];

const gawk = tool({
  name: "gawk",
  debian: { gawk: "/usr/bin/gawk" },
  lacks: "it lists no directories, and asks for addresses only to connect",
  each: {
    env: { command: ({ variable }) => inAwk(`print ENVIRON["${variable}"]`) },
    read: { command: ({ file }) => inAwk(`while ((getline line < "${file}") > 0) print line`) },
    write: { command: (_, newFile) => inAwk(`printf ${text} > "${newFile}"`) },
    connect: {
      command: ({ name, port }) => {
        const request = `server = "/inet/tcp/0/${name}/${port}"; printf "GET / HTTP/1.0\\r\\n\\r\\n" |& server`;
        return inAwk(`${request}; while ((server |& getline line) > 0) last = line; print last`);
      },
    },
  },
});

const inVim = (
  ...commands: string[]
) => ["vim.basic", "-es", "-u", "NONE", ...commands.flatMap((each) => ["-c", each])];

const vim = tool({
  name: "vim",
  debian: { vim: "/usr/bin/vim.basic" },
  lacks: "it has no network",
  each: {
    env: { command: ({ variable }) => inVim(`put =$${variable}`, "%p", "qa!") },
    read: { command: ({ file }) => inVim(`r ${file}`, "%p", "qa!") },
    list: { command: ({ folder }) => inVim(`put =sort(readdir('${folder}'))`, "%p", "qa!") },
    write: { command: ({ file }, newFile) => inVim(`e ${file}`, `%s/.*/${written.trim()}/`, `w ${newFile}`, "qa!") },
  },
});

const tcl: Program = {
  name: "Tcl",
  debian: { tcl: "/usr/bin/tclsh" },
  prepare: () =>
    Promise.resolve({
      version: ["sh", "-c", "echo 'puts [info patchlevel]' | tclsh"],
      executable: "tclsh",
      view: { every: ["tclsh", `${apps}/tcl/visit.tcl`] },
      serve: answering(["tclsh", `${apps}/tcl/answer.tcl`]),
    }),
};

export const interpreterPrograms: Program[] = [tcl, lua, gawk, vim];

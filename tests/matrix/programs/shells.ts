/** Shells, and the small tools of a Unix. */
import { type Program, type Question, type Questions, type Serve, type ServeOrder, written } from "../program.ts";
import type { Scene } from "../place.ts";

const writing = `printf '%s' '${written}' >`;

/** Asked by scripts of the shell. */
function byScripts(shell: string[], connect: (scene: Scene) => string): Questions {
  const script = (text: (scene: Scene, newFile: string) => string): Question => ({
    command: (scene, newFile) => [...shell, "-c", text(scene, newFile)],
  });
  return {
    env: script(({ variable }) => `echo "$${variable}"`),
    read: script(({ file }) => `while read -r line; do echo "$line"; done < ${file}`),
    write: script((_, newFile) => `${writing} ${newFile}`),
    list: script(({ folder }) => `cd / && echo ${folder}/*`),
    connect: script(connect),
  };
}

const httpRequest = `printf 'GET / HTTP/1.0\\r\\nHost: service\\r\\n\\r\\n'`;

/** busybox's httpd: the word lies in a file, which may be edited. */
const fileServer: Serve = {
  command: async (order) => {
    const { port, folder, seen } = order;
    await layOut(order);
    return { command: ["sh", "-c", `exec busybox httpd -f -v -p ${port} -h ${folder} 2>> ${seen}`] };
  },
  reload: layOut,
};

async function layOut({ word, folder }: ServeOrder): Promise<void> {
  await Deno.writeTextFile(`${folder}/index.html`, word);
}

export const shellPrograms: Program[] = [
  {
    name: "bash",
    lacks: "it asks for addresses only to connect, and listens on no port",
    core: true,
    prepare: () => {
      const connect = ({ name, port }: Scene) =>
        `exec 3<> /dev/tcp/${name}/${port} && ${httpRequest} >&3 && while read -r line; do :; done <&3; echo "$line"`;
      return Promise.resolve({
        version: ["bash", "--version"],
        executable: "bash",
        view: { each: byScripts(["bash"], connect) },
      });
    },
  },
  {
    name: "busybox",
    core: true,
    debian: { "busybox-static": "/bin/busybox" },
    prepare: () => {
      const each = byScripts(["busybox", "sh"], ({ name, port }) => `wget -q -O - http://${name}:${port}/`);
      each.read = { command: ({ file }) => ["busybox", "cat", file] };
      each.list = { command: ({ folder }) => ["busybox", "ls", folder] };
      each.resolve = { command: ({ nameInDns }) => ["busybox", "nslookup", nameInDns] };
      return Promise.resolve({ version: ["busybox"], executable: "busybox", view: { each }, serve: fileServer });
    },
  },
  {
    name: "dash and coreutils",
    lacks: "they have no network",
    prepare: () => {
      const each = byScripts(["dash"], () => "");
      delete each.connect;
      each.read = { command: ({ file }) => ["dash", "-c", `cat < ${file}; stat -c '%s %a %Y' ${file}; wc -l ${file}`] };
      each.write = { command: (_, newFile) => ["dash", "-c", `${writing} ${newFile}.0 && mv ${newFile}.0 ${newFile}`] };
      each.list = { command: ({ folder }) => ["ls", "-l", folder] };
      each.resolve = { command: ({ name }) => ["getent", "ahostsv4", name] };
      return Promise.resolve({ version: ["ls", "--version"], executable: "dash", view: { each } });
    },
  },
];

/** nginx, with workers of another user where it serves. */
import { sendSignal } from "../process.ts";
import type { Program, Question, Questions, Serve, ServeOrder } from "../program.ts";
import type { Scene } from "../place.ts";
import { apps } from "../provision/cache.ts";
import { nginx } from "../provision/runtimes.ts";

const configuration = ({ port, word, folder, seen }: ServeOrder) => `
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log ${seen};
  client_body_temp_path ${folder};
  server {
    listen ${port};
    location / { return 200 ${word}; }
  }
}
`;

function serving(nginx: string): Serve {
  const configure = (order: ServeOrder) => Deno.writeTextFile(`${order.folder}/nginx.conf`, configuration(order));
  return {
    command: async (order) => {
      await configure(order);
      return { command: [nginx, "-p", order.folder, "-c", `${order.folder}/nginx.conf`] };
    },
    reload: async (order, pid) => {
      await configure(order);
      sendSignal(pid, "SIGHUP");
    },
  };
}

/** It shows files, folders and what another server answers, and writes a log. */
function asking(nginx: string): Questions {
  const ask = (location: (scene: Scene) => string, words: (scene: Scene) => string[], hasLog = false): Question => ({
    command: (scene, newFile) => {
      const log = hasLog ? newFile : "/dev/null";
      return ["sh", `${apps}/sh/ask_nginx.sh`, nginx, log, location(scene), ...words(scene)];
    },
  });
  const proxy = ({ name, port }: Scene) => `proxy_pass http://${name}:${port}; add_header upstream $upstream_addr;`;
  return {
    read: ask(() => "root /;", ({ file }) => [`http://nginx${file}`]),
    write: ask(() => "return 204;", () => ["http://nginx/"], true),
    list: ask(() => "root /; autoindex on;", ({ folder }) => [`http://nginx${folder}/`]),
    resolve: ask(proxy, () => ["--output", "/dev/null", "--write-out", "%header{upstream}", "http://nginx/"]),
    connect: ask(proxy, () => ["http://nginx/"]),
  };
}

const row = (name: string, executable: () => Promise<string>, options: Partial<Program>): Program => ({
  name,
  lacks: "its configuration cannot ask for variables",
  ...options,
  prepare: async () => {
    const nginx = await executable();
    return { version: [nginx, "-v"], executable: nginx, view: { each: asking(nginx) }, serve: serving(nginx) };
  },
});

const debian = { curl: "/usr/bin/curl" };

export const serverPrograms: Program[] = [
  row("nginx, 2 workers", () => Promise.resolve("/usr/sbin/nginx"), {
    core: true,
    debian: { ...debian, "nginx-light": "/usr/sbin/nginx" },
  }),
  row("nginx, musl, static, 2 workers", nginx, { debian }),
];

/** nginx, with workers of another user. */
import type { Program, ServeOrder } from "../program.ts";

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

export const serverPrograms: Program[] = [
  {
    name: "nginx, 2 workers",
    core: true,
    debian: { "nginx-light": "/usr/sbin/nginx" },
    prepare: () =>
      Promise.resolve({
        version: ["/usr/sbin/nginx", "-v"],
        serve: {
          command: async (order) => {
            await Deno.writeTextFile(`${order.folder}/nginx.conf`, configuration(order));
            return { command: ["/usr/sbin/nginx", "-p", order.folder, "-c", `${order.folder}/nginx.conf`] };
          },
        },
      }),
  },
];

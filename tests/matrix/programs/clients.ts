/** Clients of the network. */
import type { Program } from "../program.ts";
import type { Scene } from "../place.ts";

const url = ({ name, port }: Scene) => `http://${name}:${port}/`;

export const clientPrograms: Program[] = [
  {
    name: "curl",
    core: true,
    debian: { curl: "/usr/bin/curl" },
    prepare: () =>
      Promise.resolve({
        version: ["curl", "--version"],
        executable: "curl",
        view: {
          each: {
            read: { command: ({ file }) => ["curl", "-sS", `file://${file}`] },
            resolve: { command: (scene) => ["curl", "-sS", "-o", "/dev/null", "-w", "%{remote_ip}", url(scene)] },
            connect: { command: (scene) => ["curl", "-sS", "--max-time", "10", url(scene)] },
            write: {
              command: (scene, newFile) => ["curl", "-sS", "-o", newFile, url(scene)],
              holds: "private service",
            },
          },
        },
      }),
  },
];

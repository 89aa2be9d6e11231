/** All commands. Only the called one is imported. */
import type { AnyCommand } from "../options/any_command.ts";

export interface CommandEntry {
  name: string;
  summary: string;
  /** Not shown by `--help`. */
  isHidden?: boolean;
  load: () => Promise<{ command: () => AnyCommand }>;
}

export const commandTable: readonly CommandEntry[] = [
  {
    name: "exec",
    summary: "Run a program in the context of a target",
    load: () => import("./exec.ts"),
  },
  {
    name: "status",
    summary: "List your sessions on this machine",
    load: () => import("./status.ts"),
  },
  {
    name: "stop",
    summary: "End a session",
    load: () => import("./stop.ts"),
  },
  {
    name: "image",
    summary: "Put the agent's image where a cluster can use it",
    load: () => import("./image.ts"),
  },
  {
    name: "extract",
    summary: "Write the layer library into a folder",
    isHidden: true,
    load: () => import("./extract.ts"),
  },
];

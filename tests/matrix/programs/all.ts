/** The rows of the table, in its order. */
import type { Program } from "../program.ts";
import { clientPrograms } from "./clients.ts";
import { cPrograms } from "./c.ts";
import { goPrograms } from "./go.ts";
import { javaPrograms } from "./java.ts";
import { nodePrograms } from "./node.ts";
import { pythonPrograms } from "./python.ts";
import { shellPrograms } from "./shells.ts";
import { zigPrograms } from "./zig.ts";

export const programs: Program[] = [
  ...cPrograms,
  ...goPrograms,
  ...zigPrograms,
  ...pythonPrograms,
  ...nodePrograms,
  ...javaPrograms,
  ...shellPrograms,
  ...clientPrograms,
];

/** The rows of the table, in its order. */
import type { Program } from "../program.ts";
import { clientPrograms } from "./clients.ts";
import { cPrograms } from "./c.ts";
import { databasePrograms } from "./databases.ts";
import { dotnetPrograms } from "./dotnet.ts";
import { goPrograms } from "./go.ts";
import { interpreterPrograms } from "./interpreters.ts";
import { javaPrograms } from "./java.ts";
import { nodePrograms } from "./node.ts";
import { pythonPrograms } from "./python.ts";
import { runtimePrograms } from "./runtimes.ts";
import { rustPrograms } from "./rust.ts";
import { scriptingPrograms } from "./scripting.ts";
import { serverPrograms } from "./servers.ts";
import { shellPrograms } from "./shells.ts";
import { toolPrograms } from "./tools.ts";
import { zigPrograms } from "./zig.ts";

export const programs: Program[] = [
  ...cPrograms,
  ...rustPrograms,
  ...goPrograms,
  ...zigPrograms,
  ...pythonPrograms,
  ...nodePrograms,
  ...runtimePrograms,
  ...javaPrograms,
  ...dotnetPrograms,
  ...scriptingPrograms,
  ...interpreterPrograms,
  ...shellPrograms,
  ...toolPrograms,
  ...clientPrograms,
  ...databasePrograms,
  ...serverPrograms,
];

/** The configuration of a command: file and variables and flags, checked and verified, with every warning shown. */
import { loadConfig, type Loaded } from "../../config/load.ts";
import { ConfigError, problemText } from "../../config/problem.ts";
import { verifyConfig } from "../../config/verify/verify.ts";
import { MirrordError } from "../error.ts";
import { defaultConfigFile } from "../options/session_flags.ts";
import type { Overrides } from "../options/overrides.ts";

export interface ConfigRequest {
  /** Value of `-f`: a path, `true` for a bare flag, undefined when it was not given. */
  fileFlag: string | true | undefined;
  overrides: Overrides;
  /** The user's environment. */
  environment: ReadonlyMap<string, string>;
  warn: (message: string) => void;
}

/** @throws {MirrordError} naming every problem */
export async function resolveConfig(request: ConfigRequest): Promise<Loaded> {
  const { overrides } = request;
  const variables = (name: string) => overrides[name]?.value ?? request.environment.get(name);
  const file = configFile(request.fileFlag, variables("MIRRORD_CONFIG_FILE"));
  const loaded = await loadConfig({ file, variables }).catch((error) => {
    if (!(error instanceof ConfigError)) throw error;
    const named = error.problems.map(({ path, message }) => ({ path: overrides[path]?.flag ?? path, message }));
    throw unusable(named.map((problem) => problemText(problem, error.file)));
  });
  const { errors, warnings } = verifyConfig(loaded);
  for (const warning of warnings) request.warn(`${warning.path}: ${warning.message}`);
  if (errors.length > 0) throw unusable(errors.map((problem) => problemText(problem, file)));
  return loaded;
}

function configFile(flag: string | true | undefined, variable: string | undefined): string | null {
  if (flag === true) return defaultConfigFile;
  if (flag !== undefined) return flag;
  return variable === undefined || variable === "" ? null : variable;
}

function unusable(problems: string[]): MirrordError {
  const list = problems.map((problem) => `\n- ${problem}`).join("");
  return new MirrordError(`the configuration cannot be used:${list}`, {
    help: "Correct the file, the variables and the flags that are named. All keys are described in docs/config.md.",
  });
}

/**
 * From file and environment to a resolved configuration: read → render the template → parse → canonical form → variables →
 * check. Verification of what contradicts itself comes afterwards, in `verify/`.
 */
import { canonical, type RawObject } from "./canonical.ts";
import { check } from "./check.ts";
import { type Config, configSchema } from "./config.ts";
import { overrideFromEnvironment, type Variables } from "./environment.ts";
import { parseConfig, type Parsed } from "./parse.ts";
import { ConfigError } from "./problem.ts";

export interface LoadOptions {
  /** Path of the file, `-` for standard input, null for none. */
  file: string | null;
  /** The environment, flags included. */
  variables: Variables;
  /** Reads the file; injected by tests. */
  readText?: (file: string) => Promise<string>;
}

export interface Loaded {
  config: Config;
  /** What the user has set, by file or variable, in canonical form. */
  given: RawObject;
  file: string | null;
}

const sizeMax = 4 << 20;

/** @throws {ConfigError} with everything that is wrong */
export async function loadConfig(options: LoadOptions): Promise<Loaded> {
  const { file, variables } = options;
  const parsed = file === null ? { value: {}, lines: new Map() } : await readConfig(file, options);
  const { raw, problems } = overrideFromEnvironment(configSchema, canonical(configSchema, parsed.value), variables);
  const checked = check(raw, parsed.lines);
  const all = [...problems, ...checked.problems];
  if (checked.config === undefined || all.length > 0) throw new ConfigError(all, file);
  return { config: checked.config, given: raw as RawObject, file };
}

async function readConfig(file: string, options: LoadOptions): Promise<Parsed> {
  const text = await (options.readText ?? readText)(file);
  if (text.length > sizeMax) throw new ConfigError([{ path: "", message: "the file is larger than 4 MiB" }], file);
  if (!mayBeTemplate(text)) return parseConfig(text, file);
  const { renderTemplate, TemplateError } = await import("./template/render.ts");
  try {
    return await parseConfig(renderTemplate(text, { variables: options.variables }), file);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ConfigError([{ path: "", message: `the template cannot be rendered: ${error.message}` }], file);
  }
}

/** The template engine takes longer to load than everything else, and most files have no use for it. */
function mayBeTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#");
}

async function readText(file: string): Promise<string> {
  try {
    if (file !== "-") return await Deno.readTextFile(file);
    return await new Response(Deno.stdin.readable).text();
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Deno.errors.PermissionDenied
      ? "no permission to read it"
      : (error as Error).message;
    throw new ConfigError([{ path: "", message: `the configuration file cannot be read: ${reason}` }], file);
  }
}

/** The program's environment: the user's own, under what comes from the target and the configuration. Pure functions. */
import type { Config } from "../../config/config.ts";
import { compilePattern, expandReplacement } from "../../config/pattern/compile.ts";
import { defaultExclusions } from "./default_exclusions.ts";

export type Environment = ReadonlyMap<string, string>;
type EnvSection = Config["feature"]["env"];

export interface EnvironmentSources {
  /** The user's own variables. */
  local: Environment;
  /** The target's, unfiltered; null when there is no target. */
  remote: Environment | null;
  /** Those of `feature.env.env_file`; null when there is none. */
  file: Environment | null;
}

/** Local, then remote, then the file, then mappings (of what came from remote and file), then overrides, less `unset`. */
export function programEnvironment(sources: EnvironmentSources, env: EnvSection): Map<string, string> {
  const fetched = new Map([...selectRemote(sources.remote ?? new Map(), env), ...sources.file ?? []]);
  const mapped = mapValues(fetched, env.mapping);
  const environment = new Map([...sources.local, ...mapped, ...Object.entries(env.override)]);
  const unset = new Set(env.unset.map((name) => name.toLowerCase()));
  for (const name of environment.keys()) if (unset.has(name.toLowerCase())) environment.delete(name);
  return environment;
}

/** Whether `feature.env` wants any of the target's variables. */
export function wantsRemote(env: EnvSection): boolean {
  return env.include !== null ? env.include.length > 0 : !(env.exclude ?? []).includes("*");
}

/**
 * The target's variables that the program gets. What is excluded by default comes back when `include` names it in full; a
 * pattern brings nothing back.
 */
export function selectRemote(remote: Environment, env: EnvSection): Map<string, string> {
  const byName = new Set(env.include ?? []);
  const isIncluded = anyOf(env.include ?? ["*"]);
  const isExcluded = env.include === null ? anyOf(env.exclude ?? []) : () => false;
  const isExcludedByDefault = anyOf(defaultExclusions);
  return new Map([...remote].filter(([name]) => {
    if (!isIncluded(name) || isExcluded(name)) return false;
    return byName.has(name) || !isExcludedByDefault(name);
  }));
}

/** Values of names that match a pattern are replaced; the first pattern that matches counts. */
export function mapValues(environment: Environment, mapping: Record<string, string>): Map<string, string> {
  const rules = Object.entries(mapping).map(([pattern, replacement]) => {
    return { expression: compilePattern(pattern, { caseless: false }), replacement };
  });
  return new Map([...environment].map(([name, value]) => {
    for (const { expression, replacement } of rules) {
      const match = expression.regExp.exec(name);
      if (match !== null) return [name, expandReplacement(replacement, match, expression)];
    }
    return [name, value];
  }));
}

/** A test for any of the names, in which `*` stands for any characters and `?` for one. */
function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const sources = patterns.map((pattern) =>
    pattern.replaceAll(/[\\^$.+()[\]{}|/]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")
  );
  if (sources.length === 0) return () => false;
  const expression = new RegExp(`^(?:${sources.join("|")})$`, "su");
  return (name) => expression.test(name);
}

/** What the layer must find in the program's environment. */
export interface Injection {
  /** The library to preload; null when a supervisor takes its place. */
  layer: string | null;
  address: string;
  configPath: string;
  /** Base64 of the resolved configuration. */
  resolvedConfig: string;
}

/** Adds the layer's variables. An `LD_PRELOAD` of the user's stays in front of ours. */
export function injectLayer(environment: Environment, injection: Injection): Map<string, string> {
  const injected = new Map(environment);
  const existing = environment.get("LD_PRELOAD");
  if (injection.layer !== null) {
    injected.set("LD_PRELOAD", existing ? `${existing}:${injection.layer}` : injection.layer);
  }
  injected.set("MIRRORD_LAYER_INTPROXY_ADDR", injection.address);
  injected.set("MIRRORD_LAYER_CONFIG", injection.configPath);
  injected.set("MIRRORD_RESOLVED_CONFIG", injection.resolvedConfig);
  injected.set("MIRRORD_PROGRESS_MODE", "off");
  return injected;
}

/** A row of a tool that comes from Debian, and is asked once for each of its cells. */
import type { Program, Questions } from "../program.ts";

export interface Tool {
  name: string;
  core?: boolean;
  /** The first package's file is the tool. */
  debian: Record<string, string>;
  /** Unless given, the tool with `--version`. */
  version?: string[];
  /** Variables that set mirrord's own options. */
  settings?: Record<string, string>;
  each: Questions;
  lacks?: string;
}

export function tool({ name, core, debian, version, settings, each, lacks }: Tool): Program {
  const [executable] = Object.values(debian);
  return {
    name,
    core,
    debian,
    lacks,
    prepare: () =>
      Promise.resolve({ version: version ?? [executable!, "--version"], executable, settings, view: { each } }),
  };
}

export const shell = (script: string) => ["sh", "-c", script];

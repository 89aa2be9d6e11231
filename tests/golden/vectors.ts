/** The golden files: what each message's bytes are, and which bytes are no message. */
import * as agentMessages from "../../protocol/agent/messages.ts";
import * as layerMessages from "../../protocol/layer/messages.ts";
import type { DecodeFault, Schema } from "../../protocol/schema.ts";

export interface Vector {
  message: string;
  /** See json_value.ts. */
  value: unknown;
  hex: string;
}

export interface MalformedVector {
  message: string;
  why: string;
  hex: string;
  fault: DecodeFault;
}

/** The messages of each joint by name. */
export const joints: Record<"layer" | "agent", Record<string, Schema<unknown>>> = {
  layer: schemasIn(layerMessages),
  agent: schemasIn(agentMessages),
};

export async function readVectors<T>(name: "layer" | "agent" | "malformed"): Promise<T[]> {
  return JSON.parse(await Deno.readTextFile(new URL(`./${name}.json`, import.meta.url)));
}

function schemasIn(module: Record<string, unknown>): Record<string, Schema<unknown>> {
  const isMessage = (value: unknown) => {
    const kind = (value as Partial<Schema<unknown>>).shape?.kind;
    return kind === "struct" || kind === "union";
  };
  return Object.fromEntries(Object.entries(module).filter(([, value]) => isMessage(value))) as Record<
    string,
    Schema<unknown>
  >;
}

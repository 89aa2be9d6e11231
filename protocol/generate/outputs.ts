/** The generated file of the protocol, for `deno task generate`. */
import { zigSource } from "./zig_source.ts";

/** `path` counts from the root of the checkout. */
export async function zigFile(): Promise<{ path: string; text: string }> {
  const runtime = await Deno.readTextFile(new URL("./runtime.zig", import.meta.url));
  return { path: "layer/protocol.zig", text: zigSource(runtime) };
}

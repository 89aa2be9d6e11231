/** What the proxy asks for of a file that it has open, one after the other. */
import type { Infer } from "../../protocol/schema.ts";
import { FileOperation } from "../../protocol/agent/messages.ts";
import { LinkError, type Stream } from "../../protocol/link/mod.ts";
import { readMessage } from "../../protocol/link/message.ts";

export type Operation = Infer<typeof FileOperation>;

/** Null at the end. */
export async function nextOperation(stream: Stream): Promise<Operation | null> {
  try {
    return await readMessage(stream, FileOperation);
  } catch (error) {
    if (error instanceof LinkError && error.kind === "malformed") return null;
    throw error;
  }
}

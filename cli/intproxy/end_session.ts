/** `mirrord end-session FILE` (hidden): what the guardian executes to tell the agent that the session is over. */
import { endSession } from "../../protocol/link/mod.ts";
import { withdraw } from "../session/advertisement.ts";
import { dialToEnd } from "../target/end_info.ts";
import type { EndOrder } from "./guardian.ts";

/** The agent may be unreachable for good: its lease ends the session then. */
const timeoutMs = 30_000;

export async function runEndSession(file: string): Promise<void> {
  const timer = setTimeout(() => Deno.exit(1), timeoutMs);
  const order: EndOrder = JSON.parse(Deno.readTextFileSync(file));
  Deno.removeSync(file);
  withdraw(order.sessionId);
  const token = Uint8Array.fromBase64(order.token);
  await endSession(() => dialToEnd(order.info), token, Uint8Array.fromHex(order.session), {
    reason: "the internal proxy has died",
  });
  clearTimeout(timer);
}

/** Subscriptions to the target's incoming traffic, where it can be had. */
import { SubscribeReply } from "../protocol/agent/messages.ts";
import { writeMessage } from "../protocol/link/message.ts";
import type { Stream } from "../protocol/link/mod.ts";
import type { Body, Client } from "./client.ts";
import { incomingUnavailable } from "./describe.ts";
import { finish } from "./finish.ts";
import type { Services } from "./services.ts";
import { EOPNOTSUPP } from "./system/errno.ts";

/** Lives until the stream ends. */
export async function serveIncoming(
  stream: Stream,
  services: Services,
  request: Body<"subscribe">,
  client: Client,
): Promise<void> {
  const reason = await incomingUnavailable(services);
  if (reason === null) return await services.incoming.subscribe(stream, request, client);
  await writeMessage(stream, SubscribeReply, { failed: { errno: EOPNOTSUPP, reason } });
  await finish(stream);
}

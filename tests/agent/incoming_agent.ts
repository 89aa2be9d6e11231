/**
 * The agent's incoming half alone, inside a pod's network: `incoming_agent.ts SOCKET [MAKER [INTERFACE]]` serves the link on a unix
 * socket, which is reached from any network. Takes one command a line (`counters`, `memory`) and answers with JSON.
 */
import { Incoming } from "../../agent/incoming/mod.ts";
import { ownedTableMaker, plainTableMaker } from "../../agent/incoming/nftables_diversion.ts";
import { serveConnect } from "../../agent/outgoing/serve.ts";
import type { Services } from "../../agent/services.ts";
import { skLookupMaker } from "../../agent/incoming/sk_lookup_diversion.ts";
import { Request } from "../../protocol/agent/messages.ts";
import { connTunnel, type Session, SessionServer } from "../../protocol/link/mod.ts";
import { decode } from "../../protocol/schema.ts";
import { commands } from "./incoming_commands.ts";
import { TOKEN } from "./incoming_token.ts";

const [path, forced, captureInterface = null] = Deno.args;
const makers = [skLookupMaker, ownedTableMaker, plainTableMaker].filter(({ name }) => !forced || name === forced);
const incoming = new Incoming({ makers, captureInterface });

function serve(session: Session, holder: string): void {
  const client = { holder, session };
  session.onSuspend = () => incoming.suspend(client);
  session.onResume = () => incoming.resume(client);
  session.onStream = (stream) => {
    const request = decode(Request, stream.header);
    if ("subscribe" in request) void incoming.subscribe(stream, request.subscribe, client);
    if ("connect" in request) void serveConnect(stream, { incoming } as Services, request.connect);
  };
  void session.ended.then(() => incoming.endClient(client));
}

async function accept(server: SessionServer): Promise<void> {
  const listener = Deno.listen({ transport: "unix", path });
  console.log(JSON.stringify({ result: "ready" }));
  for await (const connection of listener) void server.accept(connTunnel(connection));
}

const tokenHash = new Uint8Array(await crypto.subtle.digest("SHA-256", TOKEN));
void accept(new SessionServer({ tokenHash, onSession: (session, { holder }) => serve(session, holder) }));
await commands(([command]) => {
  if (command === "counters") return incoming.counters;
  if (command === "memory") return Deno.memoryUsage();
});

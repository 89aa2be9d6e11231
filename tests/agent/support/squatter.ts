/**
 * A process without rights in a target's network that behaves as an agent would: it takes the holder's name, or (`attach`)
 * asks the holder to serve it.
 *
 *   deno run -A squatter.ts hold|attach TARGET-PID
 */
import { Hello, writeFrame } from "../../../agent/holder/messages.ts";
import { adoptConnection } from "../../../agent/system/adopt.ts";
import { connTunnel } from "../../../protocol/link/mod.ts";
import { connectAbstract, listenAbstract } from "../../../agent/system/unix_socket.ts";

const [what, pid] = Deno.args;
if (what === "hold") {
  listenAbstract("mirrord-agent-holder");
  console.log("held");
  setInterval(() => {}, 60_000);
} else {
  const tunnel = connTunnel(await adoptConnection(connectAbstract("mirrord-agent-holder")));
  const attach = { version: 1, tokenHash: new Uint8Array(32), mode: "targeted", pid: Number(pid) };
  const asked = writeFrame(tunnel, Hello, { attach }).then(() => tunnel.read(new Uint8Array(100)));
  const answer = await asked.catch(() => null);
  console.log(answer === null ? "closed" : "answered");
  Deno.exit(0);
}

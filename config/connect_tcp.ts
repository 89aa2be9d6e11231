/** `connect_tcp`: an agent that already runs is joined, instead of one being started. */
import { flag, optionalText, section } from "./key.ts";

export const connectTcp = section({
  address: optionalText({
    doc: "Where the agent listens: `HOST:PORT`.",
    env: "MIRRORD_CONNECT_TCP",
  }),
  token_file: optionalText({
    doc: "File with the agent's token.",
    defaultDoc: "the token is in the variable MIRRORD_AGENT_TOKEN",
    env: "MIRRORD_AGENT_TOKEN_FILE",
  }),
  tls: flag(true, { doc: "Whether the connection is TLS. Without it the token can be read on the way." }),
  ca_file: optionalText({ doc: "PEM file with the certificates to trust.", defaultDoc: "those of the system" }),
  server_name: optionalText({ doc: "Name in the agent's certificate.", defaultDoc: "the host of `address`" }),
}, {
  doc: "An agent that already runs is joined, instead of one being started: its address, or an object.",
  accept: (raw) => (typeof raw === "string" ? { address: raw } : raw),
  shortForms: [{ type: "string" }],
  expects: "HOST:PORT or an object",
});

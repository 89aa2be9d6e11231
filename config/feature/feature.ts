/** `feature`: what of the target the program gets. */
import { anyValue, flag, section, toggle } from "../key.ts";
import { copyTarget, splitQueues } from "./copy_target.ts";
import { dns } from "./dns.ts";
import { env } from "./env.ts";
import { fs } from "./fs.ts";
import { incoming } from "./incoming.ts";
import { outgoing } from "./outgoing.ts";

const network = section({
  incoming,
  outgoing,
  dns,
  ipv6: flag(true, { doc: "Whether IPv6 is served as well as IPv4.", env: "MIRRORD_ENABLE_IPV6" }),
}, {
  doc: "Network of the target. `false` switches incoming, outgoing and DNS off.",
  ...toggle({ incoming: false, outgoing: false, dns: false }),
});

export const feature = section({
  env,
  fs,
  network,
  hostname: flag(true, { doc: "Whether the program sees the target's host name." }),
  copy_target: copyTarget,
  split_queues: splitQueues,
  db_branches: anyValue({ doc: "Of a newer version: database branches. Needs the operator.", effect: "refused" }),
  preview: anyValue({ doc: "Of a newer version: preview pods. Needs the operator.", effect: "refused" }),
  magic: anyValue({ doc: "Of a newer version: small adjustments for known software.", effect: "none" }),
}, { doc: "What of the target the program gets." });

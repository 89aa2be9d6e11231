/** `feature.network.outgoing`: connections the program makes. */
import { flag, section, textList, toggle } from "../key.ts";
import { addressFilter } from "./address_filter.ts";

export const outgoing = section({
  tcp: flag(true, { doc: "Whether TCP connections leave from the target.", env: "MIRRORD_TCP_OUTGOING" }),
  udp: flag(true, { doc: "Whether UDP packets leave from the target.", env: "MIRRORD_UDP_OUTGOING" }),
  ignore_localhost: flag(false, { doc: "Whether connections to the loopback address stay local." }),
  filter: addressFilter({
    doc:
      "Which connections leave from the target (`remote`) or stay local (`local`): `[protocol://][name | address | " +
      "subnet/mask][:port]`.",
  }),
  unix_streams: textList([], {
    doc: "Regular expressions; unix sockets whose path matches are connected at the target.",
    env: "MIRRORD_OUTGOING_REMOTE_UNIX_STREAMS",
    unstable: true,
  }),
}, { doc: "Connections the program makes. `false` keeps them local.", ...toggle({ tcp: false, udp: false }) });

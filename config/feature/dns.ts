/** `feature.network.dns`: name resolution. */
import { flag, section, toggle } from "../key.ts";
import { addressFilter } from "./address_filter.ts";

export const dns = section({
  enabled: flag(true, { doc: "Whether names are resolved as the target does it.", env: "MIRRORD_REMOTE_DNS" }),
  filter: addressFilter({
    doc:
      "Which names are resolved at the target (`remote`) or locally (`local`): `[name | address | subnet/mask][:port]`.",
  }),
}, { doc: "Name resolution.", ...toggle({ enabled: false }) });
